import { describe, expect, test } from 'vitest';
import { explainNotReady, readinessOf, summariseProgress } from '../../../src/cli/not-ready.ts';
import { aContainer, ago, aPod, running, terminated, waiting } from './pod-builder.ts';

const crashing = aPod({
  containers: [
    aContainer('app', waiting('CrashLoopBackOff', 'back-off 10s restarting failed container'), {
      lastState: terminated('Error', 3),
    }),
    aContainer('side', running),
  ],
});

describe('readiness', () => {
  test('a ready pod is ready, and so is one that succeeded', () => {
    expect(readinessOf(aPod())).toBe('ready');
    expect(
      readinessOf(aPod({ containers: [aContainer('a', terminated('Completed', 0))], status: { phase: 'Succeeded' } })),
    ).toBe('ready');
  });

  test('a failed pod never becomes ready', () => {
    expect(readinessOf(aPod({ status: { phase: 'Failed' } }))).toBe('failed');
  });

  test('a ready pod that is being deleted is waited for', () => {
    expect(readinessOf(aPod({ metadata: { deletionTimestamp: ago(1) } }))).toBe('waiting');
  });

  test('a crashing container is explained with its reason and its last run', () => {
    expect(readinessOf(crashing)).toBe('waiting');
    expect(explainNotReady(crashing)).toEqual([
      'container app: CrashLoopBackOff: back-off 10s restarting failed container; last run: Error, exit code 3',
    ]);
    expect(summariseProgress(crashing)).toBe('1/2 ready (app: CrashLoopBackOff)');
  });

  test('a pod without containers yet is explained by its phase', () => {
    expect(explainNotReady(aPod({ containers: [], status: { phase: 'Pending', message: 'waits for web/a' } }))).toEqual(
      ['Pending: waits for web/a'],
    );
  });
});
