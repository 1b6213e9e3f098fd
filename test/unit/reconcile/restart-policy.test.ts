import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldExit, forgiveBackoff, isFinished, shouldRestart } from '../../../src/reconcile/restart-policy.ts';
import { anExit, aRun, aSpec } from './builders.ts';

const { backoff } = aSpec();
const failure = (attempt: number) => anExit({ attempt, exitCode: 1, reason: 'Error' });

describe('shouldRestart', () => {
  test.each([
    ['Always', 0, 'Completed', true],
    ['Always', 1, 'Error', true],
    ['OnFailure', 0, 'Completed', false],
    ['OnFailure', 1, 'Error', true],
    ['OnFailure', 137, 'Unknown', true],
    ['Never', 1, 'Error', false],
  ] as const)('%s after code %i (%s): %s', (policy, exitCode, reason, expected) => {
    expect(shouldRestart({ restartPolicy: policy }, { exitCode, reason })).toBe(expected);
  });
});

describe('foldExit', () => {
  test('restarts at once, then after 10 s doubling to 300 s', () => {
    let run = aRun();
    const delays = [0, 1, 2, 3, 4, 5, 6, 7].map((attempt) => {
      run = foldExit(run, failure(attempt), 1_000, backoff);
      return run.backoffMs;
    });
    expect(delays).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  test('starts over after a long enough run', () => {
    const crashed = aRun({ attempt: 4, nextBackoffMs: 80_000 });
    expect(foldExit(crashed, failure(4), backoff.resetAfterMs, backoff)).toMatchObject({
      backoffMs: 0,
      nextBackoffMs: 10_000,
    });
    expect(foldExit(crashed, failure(4), backoff.resetAfterMs - 1, backoff).backoffMs).toBe(80_000);
  });

  test('counts an exit once', () => {
    const run = foldExit(aRun(), failure(0), 0, backoff);
    expect(foldExit(run, failure(0), 0, backoff)).toBe(run);
  });

  test('keeps the exit before the last', () => {
    const run = foldExit(foldExit(aRun(), failure(0), 0, backoff), anExit({ attempt: 1 }), 0, backoff);
    expect([run.previousExit?.exitCode, run.lastExit?.exitCode]).toEqual([1, 0]);
  });

  test('charges nothing for an end that podd itself brought about', () => {
    const run = foldExit(aRun({ attempt: 3, nextBackoffMs: 40_000, startAnyway: true }), failure(3), 0, backoff);
    expect(run).toMatchObject({ backoffMs: 0, nextBackoffMs: 0, startAnyway: true });
    expect(isFinished({ restartPolicy: 'Never' }, run)).toBe(false);
  });

  test('never waits longer than the maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000)), (runTimes) => {
        let run = aRun();
        for (const [attempt, ranMs] of runTimes.entries()) {
          run = foldExit(run, failure(attempt), ranMs, backoff);
          expect(run.backoffMs).toBeLessThanOrEqual(backoff.maxMs);
        }
      }),
    );
  });
});

describe('forgiveBackoff', () => {
  test('starts a finished container again without delay', () => {
    const run = forgiveBackoff(foldExit(aRun({ nextBackoffMs: 10_000 }), anExit(), 0, backoff));
    expect(isFinished({ restartPolicy: 'Never' }, run)).toBe(false);
    expect(run).toMatchObject({ backoffMs: 0, waitMs: 0 });
  });
});
