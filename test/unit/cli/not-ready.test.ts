import { describe, expect, test } from 'vitest';
import { explainNotReady, fatalPrograms, readinessOf, summariseProgress } from '../../../src/cli/not-ready.ts';
import { aProgram } from '../../support/programs.ts';
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

  test.each([
    ['not taken to its containers yet is waited for', 1, 'waiting'],
    ['taken to them is ready', 2, 'ready'],
    ['of a podd that does not say so is ready', undefined, 'ready'],
  ])('a ready pod whose change is %s', (_, observedGeneration, expected) => {
    const status = observedGeneration === undefined ? {} : { observedGeneration };
    expect(readinessOf(aPod({ metadata: { generation: 2 }, status }))).toBe(expected);
  });

  test('a pod that is not scheduled is explained by the scheduler’s words', () => {
    const scheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no claim' } as const;
    const status = { phase: 'Pending', conditions: [{ ...scheduled, lastTransitionTime: ago(1) }] } as const;
    expect(explainNotReady(aPod({ containers: [], status }))).toEqual(['Unschedulable: no claim']);
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

  test('programs that hold their container back are named with their reason', () => {
    const programs = [
      aProgram('db', { state: 'FATAL', lastExit: { exitCode: 1, at: ago(1) } }),
      aProgram('web', { state: 'WAITING', message: 'waits for db to be ready' }),
      aProgram('api', { ready: false }),
      aProgram('good'),
      aProgram('done', { state: 'EXITED', lastExit: { exitCode: 3, at: ago(1), expected: true } }),
      aProgram('nightly', { state: 'EXITED', scheduled: true, lastExit: { exitCode: 1, at: ago(1) } }),
      aProgram('weekly', { state: 'WAITING', scheduled: true, nextStartAt: ago(-1000) }),
      aProgram('off', { state: 'STOPPED' }),
      aProgram('late', { state: 'STARTING' }),
    ];
    const pod = aPod({ containers: [aContainer('app', running, { ready: false, programs })] });
    expect(explainNotReady(pod)).toEqual([
      'container app: running, not ready yet',
      '  program db: FATAL: exited with code 1',
      '  program web: WAITING: waits for db to be ready',
      '  program api: RUNNING, not ready',
      '  program late: STARTING',
    ]);
    expect(summariseProgress(pod)).toBe('0/1 ready (app: running, db: FATAL, web: WAITING, api: RUNNING, 1 more)');
    expect(fatalPrograms(pod).map(({ container, program }) => `${container}/${program.label}`)).toEqual(['app/db']);
  });

  test('a FATAL program that does not keep its container from being ready is nobody’s business', () => {
    const programs = [aProgram('extra', { state: 'FATAL' })];
    expect(fatalPrograms(aPod({ containers: [aContainer('app', running, { programs })] }))).toEqual([]);
  });
});
