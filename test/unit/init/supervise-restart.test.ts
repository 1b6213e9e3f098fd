import { describe, expect, test } from 'vitest';
import { historyOf } from '../../../src/init/supervise.ts';
import { decideRestart } from '../../../src/init/supervise-restart.ts';
import { aPlan, aProbe, aRestart, Play } from './a-machine.ts';

const web = (over: Parameters<typeof aPlan>[1] = {}) => new Play([aPlan('web', over), aPlan('other')]).begin();

describe('an exit while RUNNING', () => {
  test('restarts at once after a clear, so that two copies never run', () => {
    const play = web().running('web').after(180_000).exited('web', 1);
    expect(play.said()).toEqual(['clear web', 'note ProgramExited: Program web exited with code 1: restarts at once']);
    expect(play.state('web')).toMatchObject({
      state: 'WAITING',
      message: 'waits until what its last run left is gone',
    });
    expect(play.cleared('web').said()).toEqual(['spawn web']);
    play.running('web');
    expect(play.state('web')).toMatchObject({
      ...{ state: 'RUNNING', restarts: 1, lastExit: { exitCode: 1, expected: false } },
    });
    expect(historyOf(play.machine, 'web').at(-1)).toMatchObject({
      what: 'restart at once',
      cause: 'exited with code 1 after 3m1s',
    });
  });

  test.each<[string, Parameters<typeof aRestart>[0], number, { signal?: number }, boolean]>([
    ['code 0', {}, 0, {}, true],
    ['another code', {}, 3, {}, false],
    ['one of exitCodes', { exitCodes: [0, 3] }, 3, {}, true],
    ['one of exitCodes that onFailure does not look at', { exitCodes: [0, 3], policy: 'onFailure' }, 3, {}, false],
    ['a good end that is restarted all the same', { policy: 'always' }, 0, {}, true],
    ['a bad end that is not restarted', { policy: 'never' }, 1, {}, false],
    ['a signal', {}, 143, { signal: 15 }, false],
  ])('is expected or not by its restart rules: %s', (_name, restart, exitCode, over, expected) => {
    const play = web({ restart: aRestart(restart) })
      .running('web')
      .exited('web', exitCode, over);
    expect(play.state('web').lastExit?.expected).toBe(expected);
  });

  test('keeps in mind what the leaf had used before the newest start', () => {
    const play = web().send({ type: 'spawned', program: 'web', pid: 90, cpuMs: 0 });
    expect(play.state('web').cpuBeforeMs).toBe(0);
    play.exited('web', 1).cleared('web').send({ type: 'spawned', program: 'web', pid: 91, cpuMs: 250 });
    expect(play.state('web')).toMatchObject({ pid: 91, cpuBeforeMs: 250 });
    play.exited('web', 1).cleared('web').timer('web', 'backoff').send({ type: 'spawned', program: 'web', pid: 92 });
    expect(play.state('web').cpuBeforeMs).toBeUndefined();
  });

  test('waits longer after each one in a row, up to the maximum', () => {
    const restart = aRestart({
      startMs: 0,
      backoff: { initialMs: 1000, maxMs: 3000, factor: 2, jitter: 0, resetAfterMs: 10_000 },
    });
    const play = web({ restart });
    const delays: string[] = [];
    for (let end = 0; end < 5; end++) {
      play.spawned('web').after(10).exited('web', 1);
      delays.push(play.said().find((line) => line.startsWith('arm')) ?? play.state('web').state);
      play.cleared('web').timer('web', 'backoff');
    }
    expect(delays).toEqual(['WAITING', ...[1000, 2000, 3000, 3000].map((ms) => `arm web backoff ${ms}`)]);
    play.spawned('web').after(10_000).exited('web', 1);
    expect(play.state('web').state).toBe('WAITING');
  });

  test('shows the end of the back-off and counts in the history', () => {
    const play = web()
      .running('web')
      .exited('web', 1)
      .cleared('web')
      .running('web')
      .after(1000)
      .exited('web', 137, { signal: 9, oomKilled: true });
    expect(play.state('web')).toMatchObject({
      state: 'BACKOFF',
      message: 'was killed for want of memory (SIGKILL); restarts in 1s',
      nextStartAt: '2026-01-01T00:00:04.000Z',
      lastExit: { exitCode: 137, signal: 9, oomKilled: true, at: '2026-01-01T00:00:03.000Z' },
    });
    expect(historyOf(play.machine, 'web').at(-1)).toEqual({
      at: '2026-01-01T00:00:03.000Z',
      state: 'BACKOFF',
      what: 'wait 1s',
      cause: '2nd end in a row: was killed for want of memory (SIGKILL) after 2s',
    });
  });

  test.each([
    { name: 'the timer first', answer: (play: Play) => play.timer('web', 'backoff').cleared('web') },
    { name: 'the cleared leaf first', answer: (play: Play) => play.cleared('web').timer('web', 'backoff') },
  ])('spawns once both the back-off and the last run are over: $name', ({ answer }) => {
    const play = web().running('web').exited('web', 1).cleared('web').running('web').exited('web', 1);
    expect(answer(play).said()).toEqual(['spawn web']);
  });

  test('adds jitter on top', () => {
    const play = web({
      restart: aRestart({
        startMs: 0,
        backoff: { initialMs: 1000, maxMs: 1000, factor: 2, jitter: 0.5, resetAfterMs: 10_000 },
      }),
    });
    play.random = 0.5;
    play.spawned('web').exited('web', 1).cleared('web').spawned('web');
    expect(play.exited('web', 1).said()).toContain('arm web backoff 1250');
  });
});

describe('a failed start', () => {
  test('is retried startRetries times, and then FATAL', () => {
    const play = web({ restart: aRestart({ startRetries: 2 }) });
    play
      .spawned('web')
      .exited('web', 1)
      .cleared('web')
      .spawned('web')
      .exited('web', 1)
      .cleared('web')
      .timer('web', 'backoff');
    play.spawned('web').exited('web', 1);
    expect(play.state('web')).toMatchObject({
      state: 'FATAL',
      message: 'exited with code 1, 3 times in a row, within 1s of its start',
    });
    expect(play.said()).toEqual([
      'disarm web start',
      'clear web',
      'note ProgramFatal: Program web is FATAL: exited with code 1, 3 times in a row, within 1s of its start',
    ]);
  });

  test('is forgotten once a start succeeds', () => {
    const play = web({ restart: aRestart({ startRetries: 1, startMs: 100 }) });
    for (let round = 0; round < 5; round++) {
      play.spawned('web').exited('web', 1).cleared('web').timer('web', 'backoff');
      play.running('web').exited('web', 1).cleared('web').timer('web', 'backoff');
    }
    expect(play.state('web').state).toBe('STARTING');
  });

  test('is one that cannot be spawned, without a clear', () => {
    const play = web({ restart: aRestart({ startRetries: 1 }) }).spawnFailed('web');
    expect(play.said()).toEqual([
      'note ProgramExited: Program web cannot be started: not found: restarts at once',
      'spawn web',
    ]);
    play.spawnFailed('web');
    expect(play.state('web')).toMatchObject({
      state: 'FATAL',
      lastExit: { exitCode: 127, why: 'not found' },
      restarts: 0,
    });
  });

  test('is none where the exit is expected, however early', () => {
    const play = web().spawned('web').exited('web', 0);
    expect(play.state('web')).toMatchObject({ state: 'EXITED', message: 'exited with code 0' });
    expect(play.said()).toEqual(['disarm web start']);
  });
});

const outcome = (over: Parameters<typeof aRestart>[0], ending: object) => {
  const verdict = decideRestart(
    aRestart(over),
    { failures: 0, failedStarts: 0 },
    { exitCode: 0, isEarly: false, ranMs: 5000, ...ending },
    0,
  );
  return verdict.verdict === 'exited'
    ? `exited ${verdict.isExpected ? 'as expected' : 'unexpectedly'}`
    : verdict.verdict;
};

describe('the restart policy', () => {
  const early = { isEarly: true, ranMs: 10 };
  const spawnFailure = { exitCode: 127, spawnFailure: 'not found', isEarly: true, ranMs: 0 };
  test.each([
    { policy: 'always', ending: { exitCode: 0 }, is: 'restart' },
    { policy: 'always', ending: { exitCode: 0, ...early }, is: 'restart' },
    { policy: 'onFailure', ending: { exitCode: 0 }, is: 'exited as expected' },
    { policy: 'onFailure', ending: { exitCode: 2 }, is: 'restart' },
    { policy: 'onFailure', exitCodes: [0, 2], ending: { exitCode: 2 }, is: 'restart' },
    { policy: 'unexpected', ending: { exitCode: 0 }, is: 'exited as expected' },
    { policy: 'unexpected', exitCodes: [2], ending: { exitCode: 0 }, is: 'restart' },
    { policy: 'unexpected', exitCodes: [0, 2], ending: { exitCode: 2 }, is: 'exited as expected' },
    { policy: 'unexpected', exitCodes: [143], ending: { exitCode: 143, signal: 15 }, is: 'restart' },
    { policy: 'unexpected', ending: { exitCode: 0, failure: 'liveness probe failed' }, is: 'restart' },
    { policy: 'never', ending: { exitCode: 0 }, is: 'exited as expected' },
    { policy: 'never', ending: { exitCode: 1 }, is: 'exited unexpectedly' },
    { policy: 'never', ending: { exitCode: 1, ...early }, is: 'exited unexpectedly' },
    { policy: 'never', ending: spawnFailure, is: 'fatal' },
    { policy: 'never', ending: { exitCode: 0, failure: 'liveness probe failed' }, is: 'exited unexpectedly' },
    { policy: 'always', startRetries: 0, ending: spawnFailure, is: 'fatal' },
    { policy: 'unexpected', startRetries: 0, ending: { exitCode: 1, ...early }, is: 'fatal' },
    { policy: 'unexpected', startRetries: 0, ending: { exitCode: 1 }, is: 'restart' },
  ] as const)('$policy $exitCodes after $ending: $is', ({ is, ending, ...over }) => {
    expect(outcome(over, ending)).toBe(is);
  });

  test.each([
    { name: 'no limit on the factor', backoff: { factor: 1e9 }, failures: 1000, delayMs: 60_000 },
    { name: 'an initial delay of 0 stays 0', backoff: { initialMs: 0, factor: 1e9 }, failures: 1000, delayMs: 0 },
  ])('grows to a finite delay: $name', ({ backoff, failures, delayMs }) => {
    const spec = aRestart({ backoff: { ...aRestart().backoff, ...backoff } });
    const ending = { exitCode: 1, isEarly: false, ranMs: 1 };
    expect(decideRestart(spec, { failures, failedStarts: 0 }, ending, 0)).toMatchObject({ delayMs });
  });
});

describe('a failed liveness probe', () => {
  const live = () => web({ liveness: aProbe() }).running('web').after(60_000);

  test('stops the program by its rules and restarts it as after a failure', () => {
    const play = live().probed('web', 'liveness', false, 'timeout');
    expect(play.said()).toEqual([
      'note ProgramUnhealthy: Program web is stopped: liveness probe failed: timeout',
      'stopProbe web liveness',
      'signal web 15 tree wake',
      'arm web grace 10000',
    ]);
    expect(play.state('web')).toMatchObject({ state: 'STOPPING', message: 'liveness probe failed: timeout' });
    play.exited('web', 0).cleared('web');
    expect(play.said()).toEqual(['disarm web grace', 'spawn web']);
    expect(play.state('web').lastExit).toMatchObject({
      ...{ exitCode: 0, why: 'liveness probe failed: timeout', expected: false },
    });
  });

  test('ends a program that is never restarted', () => {
    const play = web({ liveness: aProbe(), restart: aRestart({ policy: 'never' }) }).running('web');
    play.probed('web', 'liveness', false, 'x').exited('web', 143, { signal: 15 }).cleared('web');
    expect(play.state('web')).toMatchObject({ state: 'EXITED', message: 'liveness probe failed: x' });
  });

  test('changes nothing when it succeeds', () => {
    const play = live();
    expect(play.probed('web', 'liveness', true).effects).toEqual([]);
  });
});
