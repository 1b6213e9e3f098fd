import { expect, test } from 'vitest';
import { type RequestedRun, requestRun, stoppedPrograms } from '../../../src/reconcile/request-run.ts';
import { anExit, anInstance, aProgram, aRun, aState, withPrograms } from './builders.ts';

const id = '00000000000000bb';
const stopping = anInstance({ stop: { graceMs: 1, deadlineMs: 2 } });
const exited = anInstance({ state: 'exited' });
const ended = aRun({ attempt: 0, lastExit: anExit(), nextBackoffMs: 10_000, backoffMs: 10_000 });
const fresh = { nextBackoffMs: 0, backoffMs: 0, waitMs: 0, startAnyway: true };

type Case = readonly [string, Parameters<typeof requestRun>[0], Partial<RequestedRun>, ReturnType<typeof requestRun>];
const cases: readonly Case[] = [
  [
    'stop of what runs notes it',
    'stop',
    { run: aRun({ attempt: 0 }), instance: anInstance() },
    aRun({ attempt: 0, stopped: true }),
  ],
  ['stop of what never ran notes it', 'stop', {}, aRun({ stopped: true })],
  [
    'stop takes a restart back that has not begun',
    'stop',
    { run: aRun({ restartId: id }), instance: anInstance() },
    aRun({ stopped: true }),
  ],
  ['a second stop changes nothing', 'stop', { run: aRun({ stopped: true }) }, undefined],
  ['start of what runs changes nothing', 'start', { instance: anInstance() }, undefined],
  [
    'start takes a stop back that has not begun',
    'start',
    { run: aRun({ stopped: true }), instance: anInstance() },
    aRun(),
  ],
  [
    'start of what ends by request lets it start anew',
    'start',
    { run: aRun({ stopped: true, startAnyway: true }), instance: stopping },
    aRun({ startAnyway: true }),
  ],
  [
    'start of what ends to start anew changes nothing',
    'start',
    { run: aRun({ startAnyway: true }), instance: stopping },
    undefined,
  ],
  [
    'start of what was stopped starts it without back-off',
    'start',
    { run: { ...ended, stopped: true } },
    { ...ended, ...fresh },
  ],
  ['start wakes what sits out its back-off', 'start', { run: ended, isWaiting: true }, { ...ended, ...fresh }],
  [
    'start wakes what ended for good',
    'start',
    { run: ended, policy: { restartPolicy: 'Never' } },
    { ...ended, ...fresh },
  ],
  ['start of what is about to start changes nothing', 'start', { run: ended }, undefined],
  [
    'start of what is being removed is as of what does not run',
    'start',
    { run: { ...ended, stopped: true }, instance: exited },
    { ...ended, ...fresh },
  ],
  ['restart names the run that is to end', 'restart', { instance: anInstance() }, aRun({ restartId: id })],
  [
    'restart of what was just stopped ends it all the same',
    'restart',
    { run: aRun({ stopped: true }), instance: anInstance() },
    aRun({ restartId: id }),
  ],
  [
    'restart of what ends by request lets it start anew',
    'restart',
    { run: aRun({ stopped: true }), instance: stopping },
    aRun(),
  ],
  ['restart of what does not run starts it', 'restart', { run: ended }, { ...ended, ...fresh }],
];

test.each(cases)('%s', (_name, verb, requested, expected) => {
  expect(
    requestRun(verb, { run: aRun(), isWaiting: false, policy: { restartPolicy: 'Always' }, ...requested }),
  ).toEqual(expected);
});

test('a start of what runs starts the stopped programs that start by themselves, instance by instance', () => {
  const container = withPrograms(aProgram('web'), aProgram('off', { autostart: false }), aProgram('pool'));
  const states = [
    aState('web', { state: 'STOPPED' }),
    aState('off', { state: 'STOPPED' }),
    aState('removed', { state: 'STOPPED' }),
    aState('pool', { state: 'FATAL' }),
    aState('pool:1', { program: 'pool', instance: 1, state: 'STOPPED' }),
    aState('pool:2', { program: 'pool', instance: 2, state: 'EXITED' }),
    aState('pool:3', { program: 'pool', instance: 3, state: 'STOPPING' }),
  ];
  expect(stoppedPrograms(container, states)).toEqual([
    { program: 'web', instance: 0 },
    { program: 'pool', instance: 1 },
  ]);
});
