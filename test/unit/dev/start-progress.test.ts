import { describe, expect, test } from 'vitest';
import { judgeStart } from '../../../src/dev/start-progress.ts';
import type { ProgramGroup } from '../../../src/protocol/api.ts';
import { aGroup, aProgram, type ProgramSeed } from '../../support/programs.ts';

const nowMs = Date.parse('2026-01-02T12:00:00Z');
const before = aGroup([aProgram('web')]);
const anew = { hostPid: 99, startedAt: '2026-01-02T12:00:00Z', restarts: 1 };
const judge = (now: ProgramGroup | undefined, label: string | undefined = 'web', readiness = false) =>
  judgeStart(label, { before, now, hasReadiness: () => readiness, nowMs });
const judgeProgram = (seed: ProgramSeed, readiness = false) => judge(aGroup([aProgram('web', seed)]), 'web', readiness);
const lastExit = (exitCode: number, expected: boolean) => ({ lastExit: { exitCode, at: '', expected } });

describe('a program', () => {
  test.each<[string, ProgramSeed, boolean, string]>([
    ['that is the old one is waited for', {}, false, 'waiting'],
    ['that stops is waited for', { state: 'STOPPING' }, false, 'waiting'],
    [
      'that has been started is there, even before startSeconds are over',
      { state: 'STARTING', ready: false, ...anew },
      false,
      'up',
    ],
    ['that says when it is ready is waited for', { state: 'STARTING', ready: false, ...anew }, true, 'waiting'],
    ['that is ready is there', { ready: true, ...anew }, true, 'up'],
    [
      'that crashed is told at once',
      { state: 'BACKOFF', ready: false, ...lastExit(1, false), ...anew },
      false,
      'failed',
    ],
    ['that crashed before is waited for', { state: 'BACKOFF', ready: false, ...lastExit(1, false) }, false, 'waiting'],
    ['that failed for good is told', { state: 'FATAL', ready: false, ...anew }, true, 'failed'],
    ['that ran to its end is done', { state: 'EXITED', ...lastExit(0, true), ...anew }, false, 'up'],
    ['that ended badly is told', { state: 'EXITED', ...lastExit(2, false), ...anew }, false, 'failed'],
    ['that waits for another is waited for', { state: 'WAITING', ready: false, ...anew }, false, 'waiting'],
  ])('%s', (_, seed, readiness, kind) => {
    const program =
      seed.state === undefined || seed.state === 'RUNNING' || seed.hostPid !== undefined
        ? seed
        : { ...seed, startedAt: '2026-01-02T11:59:00Z' };
    expect(judgeProgram(program, readiness).kind).toBe(kind);
  });

  test('of a container that ended meanwhile has failed', () => {
    const now = aGroup([], { state: 'waiting', reason: 'CrashLoopBackOff', restarts: 1 });
    expect(judge(now)).toEqual({ kind: 'failed', why: 'container app ended: CrashLoopBackOff' });
  });

  test('of a pod that is gone has failed', () => {
    expect(judge(undefined)).toEqual({ kind: 'failed', why: 'the container is gone' });
  });
});

describe('a container', () => {
  const container = (now: ProgramGroup, from = before) =>
    judgeStart(undefined, { before: from, now, hasReadiness: () => false, nowMs }).kind;

  test('is waited for until it has another run', () => {
    expect(container(before)).toBe('waiting');
    expect(container(aGroup([], { state: 'waiting', reason: 'ContainerCreating' }))).toBe('waiting');
    expect(container(aGroup([aProgram('web', anew)], { restarts: 1, startedAt: 'later' }))).toBe('up');
  });

  test('is not waited for because of programs that rest', () => {
    const now = aGroup([aProgram('web', anew), aProgram('db', { state: 'STOPPED' })], {
      restarts: 1,
      startedAt: 'later',
    });
    expect(container(now)).toBe('up');
  });

  test('fails with one of its programs', () => {
    const now = aGroup([aProgram('web', anew), aProgram('db', { state: 'FATAL' })], {
      restarts: 1,
      startedAt: 'later',
    });
    expect(container(now)).toBe('failed');
  });
});
