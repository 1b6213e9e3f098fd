import { describe, expect, it } from 'vitest';
import type { JobSpec, PodFailureRule } from '../../../src/model/job-spec.ts';
import type { OwnedPod } from '../../../src/model/workload.ts';
import { planJob } from '../../../src/workload/plan-job.ts';
import { noonMs } from './builders.ts';
import { aJob, aJobPod, wordsOf } from './job-builders.ts';
import { settle } from './settle.ts';

const plan = (job: ReturnType<typeof aJob>, pods: readonly OwnedPod[]) =>
  settle(job, (now) => planJob(now, { pods, objects: [] }, noonMs));
const perIndex = { completionMode: 'Indexed', completions: 3, parallelism: 2, backoffLimitPerIndex: 1 } as const;

describe('a podFailurePolicy', () => {
  const rule = (action: PodFailureRule['action'], values = [42]): PodFailureRule => ({
    action,
    onExitCodes: { operator: 'In', values },
  });
  const failing = (exit: number, over = {}) =>
    aJobPod('a', { phase: 'Failed', exitCodes: { app: exit, side: 0 }, finishedMs: noonMs - 3_600_000, ...over });
  it.each<[string, Partial<JobSpec>, OwnedPod, readonly string[], number | undefined]>([
    [
      'FailJob fails it',
      { podFailurePolicy: { rules: [rule('FailJob')] } },
      failing(42),
      ['event PodFailurePolicy'],
      1,
    ],
    ['another code counts', { podFailurePolicy: { rules: [rule('FailJob')] } }, failing(1), ['create sum'], 1],
    [
      'Ignore does not count',
      { podFailurePolicy: { rules: [rule('Ignore')] } },
      failing(42),
      ['create sum'],
      undefined,
    ],
    [
      'the first rule decides',
      { podFailurePolicy: { rules: [rule('Count'), rule('FailJob')] } },
      failing(42),
      ['create sum'],
      1,
    ],
    [
      'NotIn leaves success out',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [1] } }] } },
      failing(1),
      ['create sum'],
      1,
    ],
    [
      'another container does not matter',
      {
        podFailurePolicy: {
          rules: [{ action: 'FailJob', onExitCodes: { containerName: 'side', operator: 'In', values: [42] } }],
        },
      },
      failing(42),
      ['create sum'],
      1,
    ],
    [
      'conditions of the pod are looked at',
      { podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
      failing(1, { conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: '' }] }),
      ['create sum'],
      undefined,
    ],
    [
      'FailIndex gives an index up at once',
      { ...perIndex, podFailurePolicy: { rules: [rule('FailIndex')] } },
      failing(42, { index: 0 }),
      ['create sum-1', 'create sum-2'],
      1,
    ],
  ])('%s', (_, spec, pod, expected, count) => {
    const { actions, status } = plan(aJob(spec), [pod]);
    expect(wordsOf(actions)).toEqual(expected);
    expect(status.failed).toBe(count);
  });

  it('says why a pod has failed it', () => {
    const { status } = plan(aJob({ podFailurePolicy: { rules: [rule('FailJob')] } }), [failing(42)]);
    expect(status.conditions?.at(-1)).toMatchObject({
      ...{ type: 'Failed', status: 'True', reason: 'PodFailurePolicy' },
      message: 'Container app for pod default/a failed with exit code 42 matching FailJob rule at index 0',
    });
  });
});
