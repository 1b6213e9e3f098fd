import { describe, expect, test } from 'vitest';
import { type ControlGoal, judgeMoved, type Moved } from '../../../src/cli/control-goal.ts';
import type { ProgramGroup } from '../../../src/protocol/api.ts';
import { aGroup, aProgram, type ProgramSeed } from '../../support/programs.ts';
import { ago, now } from './pod-builder.ts';

const start: ControlGoal = { verb: 'start', until: 'running' };
const startReady: ControlGoal = { verb: 'start', until: 'ready' };
const restart: ControlGoal = { verb: 'restart', until: 'running' };
const stop: ControlGoal = { verb: 'stop', until: 'running' };
const pause: ControlGoal = { verb: 'pause', until: 'running' };
const resume: ControlGoal = { verb: 'resume', until: 'running' };

const db = (seed: ProgramSeed): ProgramGroup => aGroup([aProgram('db', seed), aProgram('other')]);
const judge = (goal: ControlGoal, before: ProgramGroup | undefined, after: ProgramGroup | undefined, moved?: Moved) =>
  judgeMoved(goal, moved ?? { container: 'app', label: 'db' }, before, after, now);

const stopped = db({ state: 'STOPPED', startedAt: ago(90_000) });
const ran = db({});
const ranAgain = db({ restarts: 1, startedAt: ago(1), hostPid: 77 });
const failed = db({ state: 'FATAL', startedAt: ago(9000), lastExit: { exitCode: 1, at: ago(8000) } });
const failedAgain = db({ state: 'FATAL', startedAt: ago(200), restarts: 3, lastExit: { exitCode: 1, at: ago(100) } });
const ended = db({ state: 'EXITED', startedAt: ago(9000), lastExit: { exitCode: 0, at: ago(8000), expected: true } });
const endedAgain = db({
  state: 'EXITED',
  startedAt: ago(200),
  restarts: 1,
  lastExit: { exitCode: 0, at: ago(100), expected: true },
});
const endedBadly = db({
  state: 'EXITED',
  startedAt: ago(200),
  restarts: 1,
  lastExit: { exitCode: 3, at: ago(100), expected: false },
});
const down = aGroup([], { state: 'terminated', reason: 'Error', ready: false });
const scheduled = (seed: ProgramSeed): ProgramGroup =>
  aGroup([aProgram('db', { state: 'WAITING', ready: false, ...seed })], {
    state: 'waiting',
    reason: 'ContainerCreating',
  });
const over = aGroup([], { state: 'terminated', reason: 'Completed', ready: false });

describe('a program', () => {
  test.each([
    ['a pause is done when it stands still', pause, ran, db({ paused: true, ready: false }), 'done'],
    ['a pause is under way before that', pause, ran, db({ ready: false, message: 'is being paused' }), 'waiting'],
    ['a pause is done before its schedule has started it', pause, scheduled({}), scheduled({ paused: true }), 'done'],
    ['a pause fails with its container', pause, ran, down, 'failed'],
    ['a resume is done when it goes on', resume, db({ paused: true }), ran, 'done'],
    ['a resume is not yet told of', resume, db({ paused: true }), db({ paused: true }), 'waiting'],
    ['a resume is done when it has ended since', resume, db({ paused: true }), over, 'done'],
    ['a start is done when it runs', start, stopped, ranAgain, 'done'],
    ['a start is done when it runs already', start, ran, ran, 'done'],
    ['a start is under way while it starts', start, stopped, db({ state: 'STARTING' }), 'waiting'],
    ['a start is under way while it waits', start, stopped, db({ state: 'WAITING' }), 'waiting'],
    ['a start is under way while it backs off', start, stopped, db({ state: 'BACKOFF' }), 'waiting'],
    ['a start is not yet told of', start, stopped, stopped, 'waiting'],
    ['a start of what failed before is not yet told of', start, failed, failed, 'waiting'],
    ['a start has failed when it is FATAL anew', start, failed, failedAgain, 'failed'],
    ['a start is done when it ended well', start, ended, endedAgain, 'done'],
    ['a start of what has ended before is not yet told of', start, ended, ended, 'waiting'],
    ['a start has failed when it ended badly', start, ended, endedBadly, 'failed'],
    ['a start until ready is under way before that', startReady, stopped, db({ ready: false }), 'waiting'],
    ['a start until ready is done when it is', startReady, stopped, ranAgain, 'done'],
    ['a start fails with its container', start, stopped, down, 'failed'],
    ['a start is done when the container has completed since', start, stopped, over, 'done'],
    [
      'a start waits for the container',
      start,
      down,
      { ...down, state: 'waiting', reason: 'CrashLoopBackOff' },
      'waiting',
    ],
    ['a restart is not yet told of', restart, ran, ran, 'waiting'],
    ['a restart is under way while it stops', restart, ran, db({ state: 'STOPPING' }), 'waiting'],
    [
      'a restart is under way between its two lives',
      restart,
      ran,
      db({ state: 'STOPPED', startedAt: ago(60_000) }),
      'waiting',
    ],
    ['a restart is done when it runs anew', restart, ran, ranAgain, 'done'],
    ['a restart is done when the whole container runs anew', restart, ran, { ...ran, restarts: 1 }, 'done'],
    ['a restart has failed when it is FATAL', restart, ran, failedAgain, 'failed'],
    ['a restart of what was FATAL is not yet told of', restart, failed, failed, 'waiting'],
    ['a stop is under way while it runs', stop, ran, ran, 'waiting'],
    ['a stop is under way while it stops', stop, ran, db({ state: 'STOPPING' }), 'waiting'],
    ['a stop is done when it is stopped', stop, ran, stopped, 'done'],
    ['a stop is done when it has ended', stop, ran, ended, 'done'],
    ['a stop is done when its container is gone', stop, ran, down, 'done'],
    ['a stop is done when nothing is there', stop, ran, undefined, 'done'],
    ['a start waits when nothing is there', start, undefined, undefined, 'waiting'],
  ] as const)('%s', (_, goal, before, after, kind) => {
    expect(judge(goal, before, after).kind).toBe(kind);
  });

  test('that fails says how', () => {
    expect(judge(start, stopped, failedAgain)).toMatchObject({
      why: 'FATAL: exited with code 1',
      program: { label: 'db' },
    });
    const told = db({ state: 'FATAL', message: 'it exited with code 1 three times', startedAt: ago(5) });
    expect(judge(start, stopped, told)).toMatchObject({ why: 'FATAL: it exited with code 1 three times' });
    expect(judge(startReady, stopped, db({ ready: false }))).toMatchObject({ why: 'RUNNING, not ready' });
    expect(judge(start, stopped, down)).toMatchObject({ why: 'container app ended: Error' });
  });
});

test('of a container the verdict names the program that it is about', () => {
  const after = aGroup([aProgram('a'), aProgram('b', { state: 'FATAL', message: 'not found' })], { startedAt: ago(1) });
  expect(judge(start, down, after, { container: 'app' })).toMatchObject({
    kind: 'failed',
    why: 'b is FATAL: not found',
  });
});

test('of a container that ended the verdict says how', () => {
  const lastExit = { exitCode: 7, reason: 'Error', finishedAt: ago(10), message: 'program b exited with code 7' };
  expect(judge(start, down, { ...down, restarts: 1, lastExit }, { container: 'app' })).toEqual({
    kind: 'failed',
    why: 'container app ended: Error (exit 7: program b exited with code 7)',
  });
});

describe('a container', () => {
  const next = aGroup([aProgram('db')], { startedAt: ago(1), restarts: 1 });
  const off = aGroup([], { state: 'waiting', reason: 'Stopped', ready: false });
  const some = (seed: ProgramSeed): ProgramGroup => aGroup([aProgram('a'), aProgram('b', seed)], { startedAt: ago(1) });

  test.each([
    ['a start is done when all its programs run', start, off, next, 'done'],
    ['a start leaves out what does not start by itself', start, off, some({ state: 'STOPPED' }), 'done'],
    [
      'a start is done with programs that ended well',
      start,
      off,
      some({ state: 'EXITED', lastExit: { exitCode: 7, at: ago(1), expected: true } }),
      'done',
    ],
    [
      'a start leaves out what waits for its schedule',
      start,
      off,
      some({ state: 'WAITING', scheduled: true, nextStartAt: ago(-9) }),
      'done',
    ],
    [
      'a start leaves out what waits for a program that is stopped',
      start,
      off,
      some({ state: 'WAITING', message: 'waits for c to be ready (c is STOPPED)', blocked: true }),
      'done',
    ],
    ['a start is under way while one waits', start, off, some({ state: 'WAITING' }), 'waiting'],
    ['a start has failed when one is FATAL', start, off, some({ state: 'FATAL' }), 'failed'],
    ['a start is not yet told of', start, off, off, 'waiting'],
    ['a start is under way while it is created', start, off, { ...off, reason: 'ContainerCreating' }, 'waiting'],
    ['a start of what never ran has failed when it ended', start, off, down, 'failed'],
    ['a start waits while the end of the run before is shown', start, { ...down, reason: 'Stopped' }, down, 'waiting'],
    ['a start has failed when the next run ended', start, down, { ...down, restarts: 1 }, 'failed'],
    ['a start is done when the next run has completed', start, down, { ...over, restarts: 1 }, 'done'],
    ['a restart waits between its two runs', restart, ran, down, 'waiting'],
    ['a restart has failed when the next run ended', restart, ran, { ...down, restarts: 1 }, 'failed'],
    [
      'a restart has failed when the next run ended and backs off',
      restart,
      { ...off, reason: 'CrashLoopBackOff' },
      { ...off, reason: 'CrashLoopBackOff', restarts: 1 },
      'failed',
    ],
    [
      'a restart of what backs off is not yet told of',
      restart,
      { ...off, reason: 'CrashLoopBackOff' },
      { ...off, reason: 'CrashLoopBackOff' },
      'waiting',
    ],
    ['a restart is not yet told of', restart, ran, ran, 'waiting'],
    ['a restart is done when it runs anew', restart, ran, next, 'done'],
    [
      'a restart is done when each program runs anew',
      restart,
      aGroup([aProgram('db')]),
      aGroup([aProgram('db', { restarts: 1 })]),
      'done',
    ],
    ['a stop is under way while it runs', stop, ran, ran, 'waiting'],
    ['a stop is done when it does not', stop, ran, off, 'done'],
    ['a stop is under way while it is created', stop, off, { ...off, reason: 'ContainerCreating' }, 'waiting'],
  ] as const)('%s', (_, goal, before, after, kind) => {
    expect(judge(goal, before, after, { container: 'app' }).kind).toBe(kind);
  });
});
