/** The loop with the controllers of Jobs, CronJobs and StatefulSets. */
import { describe, expect, it, vi } from 'vitest';
import { completionIndexKey } from '../../../src/model/job-spec.ts';
import type { WorkloadObject } from '../../../src/model/workload.ts';
import { noonMs } from './builders.ts';
import { aCronJob, aJob, aJobTemplate, aStatefulSet } from './job-builders.ts';
import { runningLoop } from './running-loop.ts';

const { access, loop, settle, statusOf } = runningLoop();
const names = (kind: string): readonly string[] =>
  access()
    .objects()
    .filter((object) => object.kind === kind)
    .map(({ name }) => name);
/** As podd keeps it: the spec as written. */
const put = (object: WorkloadObject<object, object>, spec: object): void => access().put({ ...object, spec });
const end = (phase: 'Succeeded' | 'Failed'): void => {
  for (const pod of access().allPods())
    if (pod.phase === 'Pending') access().putPod({ ...pod, phase, exitCodes: { app: 1 }, finishedMs: Date.now() });
};

describe('the loop of the controllers', () => {
  it('brings a Job to its end, and waits between failures', async () => {
    put(aJob(), { template: aJobTemplate });
    loop().start();
    await settle();
    end('Failed');
    await settle(9_999);
    expect(access().allPods()).toHaveLength(1);
    await settle(1);
    expect(access().allPods()).toHaveLength(2);
    end('Succeeded');
    await settle();
    expect(statusOf('Job')).toMatchObject({ succeeded: 1, failed: 1, completionTime: expect.any(String) });
    expect(access().events.at(-1)).toBe('Job Completed: Job completed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has a Job’s status on disk before it deletes a pod of it', async () => {
    const job = aJob();
    put(job, { template: aJobTemplate });
    loop().start();
    await settle();
    put({ ...job, status: statusOf('Job') ?? {} }, { template: aJobTemplate, suspend: true });
    await settle();
    expect(access().events.slice(-3)).toEqual([
      'Job Suspended: Job suspended',
      'statuses are saved',
      expect.stringMatching(/^Job SuccessfulDelete: Deleted pod: sum-/),
    ]);
    expect(statusOf('Job')).not.toHaveProperty('failed');
  });

  it('makes a CronJob’s Jobs at their times, and their pods', async () => {
    const cron = aCronJob({}, { createdMs: noonMs });
    put(cron, { schedule: '*/5 * * * *', timeZone: 'UTC', jobTemplate: cron.spec.jobTemplate });
    loop().start();
    await settle(299_999);
    expect(names('Job')).toEqual([]);
    await settle(1);
    expect(names('Job')).toEqual([`tick-${noonMs / 60_000 + 5}`]);
    expect(access().allPods()).toHaveLength(1);
    end('Succeeded');
    await settle();
    expect(statusOf('CronJob')).toMatchObject({ lastSuccessfulTime: expect.any(String) });
    expect(access().events.at(-1)).toMatch(/^CronJob SawCompletedJob/);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('looks at the time again when the clock was set', async () => {
    const cron = aCronJob({}, { createdMs: noonMs });
    put(cron, { schedule: '0 18 * * *', timeZone: 'UTC', jobTemplate: cron.spec.jobTemplate });
    loop().start();
    await settle();
    // The machine has slept: its timers have not gone on.
    vi.setSystemTime(noonMs + 7 * 3_600_000);
    access().setClock();
    await settle();
    expect(names('Job')).toEqual([`tick-${noonMs / 60_000 + 360}`]);
  });

  it('makes a StatefulSet’s claims and pods in order, and finds the claims again', async () => {
    const set = aStatefulSet();
    const { selector, template } = set.spec;
    put(set, { replicas: 2, selector, template, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] });
    loop().start();
    for (let round = 0; round < 3; round++) {
      await settle();
      for (const pod of access().allPods())
        if (!pod.isReady) access().putPod({ ...pod, isReady: true, phase: 'Running', readySinceMs: Date.now() });
    }
    const [first] = access().allPods();
    expect(
      access()
        .allPods()
        .map(({ name }) => name),
    ).toEqual(['web-0', 'web-1']);
    access().removePod(first?.uid ?? '');
    await settle();
    expect(access().events.filter((event) => event.includes('Claim'))).toEqual([
      'StatefulSet SuccessfulCreate: create Claim data-web-0 Pod web-0 in StatefulSet web success',
      'StatefulSet SuccessfulCreate: create Claim data-web-1 Pod web-1 in StatefulSet web success',
    ]);
    expect(access().events.at(-1)).toBe('StatefulSet SuccessfulCreate: create Pod web-0 in StatefulSet web successful');
  });

  it('tells the pods of an indexed Job apart', async () => {
    put(aJob(), { template: aJobTemplate, completionMode: 'Indexed', completions: 2, parallelism: 2 });
    loop().start();
    await settle();
    end('Succeeded');
    await settle();
    expect(statusOf('Job')).toMatchObject({ completedIndexes: '0,1' });
    expect(
      access()
        .allPods()
        .map(({ annotations }) => annotations[completionIndexKey]),
    ).toEqual(['0', '1']);
  });
});
