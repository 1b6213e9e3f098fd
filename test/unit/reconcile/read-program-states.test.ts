import { expect, test } from 'vitest';
import { readProgramStates } from '../../../src/reconcile/read-program-states.ts';
import { aState } from './builders.ts';

test('takes what an init of this version tells as it is', () => {
  const states = [aState('web', { ready: false, lastExit: { exitCode: 1, at: '2026-01-02T03:04:05Z' } })];
  expect(readProgramStates(states)).toEqual(states);
});

test('takes the one program of an init of version 0.1.0 as a plain one that is ready while it runs', () => {
  expect(readProgramStates([{ name: 'main', state: 'RUNNING', pid: 7, exitCode: 0 }])).toMatchObject([
    {
      program: 'main',
      instance: 0,
      label: 'main',
      ready: true,
      essential: true,
      scheduled: false,
      restarts: 0,
      pid: 7,
    },
  ]);
  expect(readProgramStates([{ name: 'main', state: 'EXITED' }])).toMatchObject([{ ready: false }]);
});

test.each([
  ['no list', {}],
  ['no map in it', ['web']],
  ['an unknown state', [{ ...aState('web'), state: 'DANCING' }]],
  ['a name that is no text', [{ ...aState('web'), name: 5 }]],
  ['a pid that is none', [{ ...aState('web'), pid: '1; rm' }]],
  ['a flag that is none', [{ ...aState('web'), blocked: 'no' }]],
  ['CPU time that is no number', [{ ...aState('web'), cpuBeforeMs: '5' }]],
  ['an exit without a time', [{ ...aState('web'), lastExit: { exitCode: 1 } }]],
])('refuses %s', (_, told) => {
  expect(() => readProgramStates(told)).toThrow();
});
