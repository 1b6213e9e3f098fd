import { describe, expect, test } from 'vitest';
import { meetsGoal, parseProgramGoal, parseWaitGoal } from '../../../src/cli/wait-goal.ts';
import { aContainer, aPod, waiting } from './pod-builder.ts';

const ready = aPod();
const notReady = aPod({ containers: [aContainer('app', waiting('ContainerCreating'))], status: { phase: 'Pending' } });

describe('what wait waits for', () => {
  test.each([
    { text: 'condition=Ready', met: [true, false] },
    { text: 'condition=ready=True', met: [true, false] },
    { text: 'condition=Ready=false', met: [false, true] },
    { text: 'condition=Nothing', met: [false, false] },
    { text: 'jsonpath={.status.phase}=Running', met: [true, false] },
    { text: "jsonpath='{.status.phase}'=Pending", met: [false, true] },
    { text: 'jsonpath=.status.phase=Running', met: [true, false] },
    { text: 'jsonpath={.status.containerStatuses[0].state.running}', met: [true, false] },
    { text: 'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', met: [true, false] },
    { text: 'create', met: [true, true] },
    { text: 'delete', met: [false, false] },
  ])('$text is met by a ready and by a starting pod: $met', ({ text, met }) => {
    const goal = parseWaitGoal(text);
    expect([ready, notReady].map((pod) => meetsGoal(goal, pod))).toEqual(met);
  });

  test.each(['Ready', 'condition', 'condition=', 'jsonpath=', ''])('"%s" is refused', (text) => {
    expect(() => parseWaitGoal(text)).toThrow();
  });
});

describe('what wait waits for of programs', () => {
  test.each([
    ['ready', { kind: 'ready' }],
    ['running', { kind: 'running' }],
    ['paused', { kind: 'paused' }],
    ['stopped', { kind: 'stopped' }],
    ['state=FATAL', { kind: 'state', state: 'FATAL' }],
    ['state=exited', { kind: 'state', state: 'EXITED' }],
    ['condition=Ready', undefined],
    ['delete', undefined],
    ['', undefined],
  ])('"%s" is %j', (text, goal) => {
    expect(parseProgramGoal(text)).toEqual(goal);
  });

  test('a state that does not exist is refused with the nearest', () => {
    expect(() => parseProgramGoal('state=RUNING')).toThrow('no program is ever "RUNING" (did you mean RUNNING?)');
  });
});
