import { describe, expect, it } from 'vitest';
import type { JobObject, JobSpec, JobStatus } from '../../../src/model/job-spec.ts';
import type { OwnedPod } from '../../../src/model/workload.ts';
import { planJob } from '../../../src/workload/plan-job.ts';
import { noonMs } from './builders.ts';
import { aJob, aJobPod, aJobTemplate, wordsOf } from './job-builders.ts';
import { settle } from './settle.ts';

const longAgo = { createdMs: noonMs - 3_600_000, finishedMs: noonMs - 3_600_000 };
const done = (name: string, over: Parameters<typeof aJobPod>[1] = {}) =>
  aJobPod(name, { phase: 'Succeeded', ...longAgo, ...over });
const failed = (name: string, over: Parameters<typeof aJobPod>[1] = {}) =>
  aJobPod(name, { phase: 'Failed', exitCodes: { app: 1 }, ...longAgo, ...over });
const runs = aJobPod;

const plan = (job: JobObject, pods: readonly OwnedPod[] = [], nowMs = noonMs) =>
  settle(job, (now) => planJob(now, { pods, objects: [] }, nowMs));

const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 2 } as const;
const perIndex = { ...indexed, backoffLimitPerIndex: 1 } as const;
const condition = (status: JobStatus, type: string) => {
  const found = status.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason}`;
};

describe('planJob', () => {
  it.each<[string, Partial<JobSpec>, readonly OwnedPod[], readonly string[]]>([
    ['makes its one pod', {}, [], ['create sum']],
    ['waits for it', {}, [runs('a')], []],
    ['makes as many as may run at once', { completions: 5, parallelism: 2 }, [], ['create sum', 'create sum']],
    ['makes no more than are still needed', { completions: 3, parallelism: 9 }, [done('a'), done('b')], ['create sum']],
    ['is complete when enough have succeeded', {}, [done('a')], ['event Completed']],
    ['is complete at once when none has to', { completions: 0 }, [], ['event Completed']],
    ['makes another one for one that failed', {}, [failed('a')], ['create sum']],
    ['makes another one for one that is being deleted', {}, [runs('a', { isDeleting: true })], ['create sum']],
    [
      'waits for its end with podReplacementPolicy Failed',
      { podReplacementPolicy: 'Failed' },
      [runs('a', { isDeleting: true })],
      [],
    ],
    ['makes none while it is suspended', { suspend: true }, [], ['event Suspended']],
    [
      'deletes what is too much',
      { completions: 5, parallelism: 1 },
      [runs('a'), runs('b', { createdMs: noonMs })],
      ['delete b'],
    ],
    ['makes what is missing of a work queue', { parallelism: 2 }, [runs('a')], ['create sum']],
    ['begins nothing new in a work queue once one has succeeded', { parallelism: 2 }, [done('a'), runs('b')], []],
    ['ends a work queue with its last pod', { parallelism: 2 }, [done('a'), done('b')], ['event Completed']],
    ['makes pods by index', indexed, [], ['create sum-0', 'create sum-1']],
    ['goes on with the next index', indexed, [done('a', { index: 0 }), runs('b', { index: 1 })], ['create sum-2']],
    [
      'tries an index again that failed',
      indexed,
      [failed('a', { index: 0 }), runs('b', { index: 1 })],
      ['create sum-0'],
    ],
    [
      'deletes the younger one of two of an index',
      indexed,
      [runs('a', { index: 0 }), runs('b', { index: 0, createdMs: noonMs })],
      ['delete b'],
    ],
    ['fails with its backoffLimit', { backoffLimit: 1 }, [failed('a'), failed('b')], ['event BackoffLimitExceeded']],
    [
      'deletes what still runs before it has failed',
      { backoffLimit: 0, completions: 2, parallelism: 2 },
      [failed('a'), runs('b')],
      ['delete b'],
    ],
    ['waits for what it has deleted', { backoffLimit: 0 }, [failed('a'), runs('b', { isDeleting: true })], []],
    [
      'counts restarts where containers are restarted',
      { backoffLimit: 2, template: { spec: { ...aJobTemplate.spec, restartPolicy: 'OnFailure' } } },
      [runs('a', { restarts: 2 })],
      ['delete a'],
    ],
    [
      'fails at the first restart with backoffLimit 0',
      { backoffLimit: 0, template: { spec: { ...aJobTemplate.spec, restartPolicy: 'OnFailure' } } },
      [runs('a', { restarts: 1 })],
      ['delete a'],
    ],
    ['does not count restarts otherwise', { backoffLimit: 2 }, [runs('a', { restarts: 2 })], []],
    [
      'fails when an index has failed for good and the others are done',
      perIndex,
      [failed('a', { index: 0 }), failed('b', { index: 0 }), done('c', { index: 1 }), done('d', { index: 2 })],
      ['event FailedIndexes'],
    ],
    [
      'goes on with other indexes when one has failed for good',
      perIndex,
      [failed('a', { index: 0 }), failed('b', { index: 0 })],
      ['create sum-1', 'create sum-2'],
    ],
    [
      'fails when more indexes have failed than may',
      { ...perIndex, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
      [failed('a', { index: 0 }), runs('b', { index: 1 })],
      ['delete b'],
    ],
    [
      'succeeds early by its successPolicy',
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '1-2', succeededCount: 1 }] } },
      [runs('a', { index: 0 }), done('b', { index: 1 })],
      ['delete a'],
    ],
    [
      'does not succeed early by indexes that its successPolicy does not name',
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '1-2' }] } },
      [runs('a', { index: 0 }), done('b', { index: 1 })],
      ['create sum-2'],
    ],
  ])('%s', (_, spec, pods, expected) => {
    expect(wordsOf(plan(aJob(spec), pods).actions)).toEqual(expected);
  });

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [5, 160],
    [6, 320],
    [7, 360],
    [9, 360],
  ])('after %i failures in a row it waits for %i s', (count, seconds) => {
    const job = aJob({ backoffLimit: 20 });
    const pods = Array.from({ length: count }, (_, at) => failed(`p${at}`, { finishedMs: noonMs }));
    expect(plan(job, pods).wakeAtMs).toBe(noonMs + seconds * 1000);
    expect(wordsOf(plan(job, pods, noonMs + seconds * 1000 - 1).actions)).toEqual([]);
    expect(wordsOf(plan(job, pods, noonMs + seconds * 1000).actions)).toEqual(['create sum']);
  });

  it('waits anew after a success, and not for a failure that the clock has yet to reach', () => {
    const job = aJob({ completions: 3 });
    const earlier = failed('a', { finishedMs: noonMs - 2 });
    expect(wordsOf(plan(job, [earlier, done('b', { finishedMs: noonMs - 1 })]).actions)).toEqual(['create sum']);
    expect(wordsOf(plan(job, [failed('a', { finishedMs: noonMs + 86_400_000 })]).actions)).toEqual(['create sum']);
  });

  it('with backoffLimitPerIndex lets each index wait by itself', () => {
    const { actions, wakeAtMs } = plan(aJob(perIndex), [failed('a', { index: 0, finishedMs: noonMs - 1_000 })]);
    expect(wordsOf(actions)).toEqual(['create sum-1', 'create sum-2']);
    expect(wakeAtMs).toBe(noonMs + 9_000);
  });

  it('tells what it has come to as Kubernetes does', () => {
    const pods = [done('a', { index: 0 }), failed('b', { index: 1, finishedMs: noonMs }), runs('c', { index: 2 })];
    const { status } = plan(aJob({ ...indexed, completions: 5 }), pods);
    expect(status).toEqual({
      ...{ active: 1, ready: 1, terminating: 0, succeeded: 1, failed: 1, completedIndexes: '0' },
      ...{ startTime: '2026-01-01T12:00:00.000Z', countedPods: ['uid-a', 'uid-b'] },
    });
    const over = plan(aJob({}, { status: {} }), [done('a')]).status;
    expect(over).toMatchObject({ succeeded: 1, completionTime: '2026-01-01T12:00:00.000Z' });
    expect(condition(over, 'SuccessCriteriaMet')).toBe('True CompletionsReached');
    expect(condition(over, 'Complete')).toBe('True CompletionsReached');
    expect(over.countedPods).toBeUndefined();
  });

  it('counts a pod once, whether it is still there or not', () => {
    const job = aJob({ completions: 4, backoffLimit: 9 });
    const first = plan(job, [done('a'), failed('b'), runs('c')]);
    expect(first.status).toMatchObject({ succeeded: 1, failed: 1 });
    const again = plan({ ...job, status: first.status }, [done('a'), failed('b'), done('c')]);
    expect(again.status).toMatchObject({ succeeded: 2, failed: 1 });
    const gone = plan({ ...job, status: again.status }, []);
    expect(gone.status).toMatchObject({ succeeded: 2, failed: 1 });
    expect(gone.status.countedPods).toBeUndefined();
  });

  it('does not count pods as failed that it let go itself', () => {
    const job = aJob({ suspend: true });
    const first = plan(job, [runs('a')]);
    expect(wordsOf(first.actions)).toEqual(['event Suspended']);
    const { actions, status } = plan({ ...job, status: first.status }, [runs('a')]);
    expect(wordsOf(actions)).toEqual(['delete a']);
    const gone = plan({ ...job, status }, [runs('a', { isDeleting: true })]);
    expect(gone.status).toMatchObject({ terminating: 1 });
    expect(gone.status.failed).toBeUndefined();
    expect(plan(aJob({}, { status: gone.status }), [failed('a', { isDeleting: true })]).status.failed).toBeUndefined();
  });

  it('remembers how often an index has failed when the pod is gone', () => {
    const job = aJob({ ...perIndex, completions: 1 });
    const { status } = plan(job, [failed('a', { index: 0 })]);
    const next = plan({ ...job, status }, []);
    expect(next.actions[0]).toMatchObject({
      manifest: { metadata: { annotations: { 'batch.kubernetes.io/job-index-failure-count': '1' } } },
    });
    expect(plan({ ...job, status }, [failed('b', { index: 0 })]).status.failedIndexes).toBe('0');
  });

  it('ends by activeDeadlineSeconds, counted from its start, but not when it is complete', () => {
    const job = aJob({ activeDeadlineSeconds: 60 });
    const { status, wakeAtMs } = plan(job, [runs('a')]);
    expect(wakeAtMs).toBe(noonMs + 60_000);
    const later = { ...job, status };
    expect(wordsOf(plan(later, [runs('a')], noonMs + 59_999).actions)).toEqual([]);
    expect(wordsOf(plan(later, [runs('a')], noonMs + 60_000).actions)).toEqual(['delete a']);
    expect(condition(plan(later, [], noonMs + 60_000).status, 'Failed')).toBe('True DeadlineExceeded');
    expect(condition(plan(later, [done('a')], noonMs + 90_000).status, 'Complete')).toBe('True CompletionsReached');
  });

  it('begins its time anew when it is resumed', () => {
    const held = plan(aJob({ suspend: true, activeDeadlineSeconds: 60 }), []).status;
    expect(held.startTime).toBeUndefined();
    expect(condition(held, 'Suspended')).toBe('True JobSuspended');
    const { actions, status } = plan(aJob({ activeDeadlineSeconds: 60 }, { status: held }), [], noonMs + 3_600_000);
    expect(wordsOf(actions)).toEqual(['event Resumed', 'create sum']);
    expect(status.startTime).toBe('2026-01-01T13:00:00.000Z');
    expect(condition(status, 'Suspended')).toBe('False JobResumed');
  });

  it('goes when it has been over for ttlSecondsAfterFinished', () => {
    const job = aJob({ ttlSecondsAfterFinished: 5 });
    const { status } = plan(job, [done('a')]);
    const over = { ...job, status };
    expect(plan(over, [done('a')])).toEqual({ actions: [], status, wakeAtMs: noonMs + 5_000 });
    expect(wordsOf(plan(over, [], noonMs + 5_000).actions)).toEqual(['delete Job sum']);
  });

  it('does nothing more when it is over or being deleted', () => {
    const { status } = plan(aJob(), [done('a')]);
    expect(plan(aJob({}, { status }), []).actions).toEqual([]);
    expect(plan(aJob({ suspend: true }, { status }), []).actions).toEqual([]);
    expect(plan(aJob({}, { isDeleting: true }), []).actions).toEqual([]);
  });

  it('names pods of indexes by them, and tells their containers', () => {
    const template = {
      metadata: { labels: { app: 'sum' } },
      spec: {
        ...aJobTemplate.spec,
        initContainers: [{ name: 'first', image: 'host' }],
        containers: [
          { name: 'app', image: 'host', env: [{ name: 'A', value: 'b' }] },
          { name: 'own', image: 'host', env: [{ name: 'JOB_COMPLETION_INDEX', value: 'mine' }] },
        ],
      },
    };
    const [action] = plan(aJob({ ...indexed, template })).actions;
    const key = 'batch.kubernetes.io/job-completion-index';
    const index = { name: 'JOB_COMPLETION_INDEX', value: '0' };
    expect(action).toMatchObject({
      manifest: {
        apiVersion: 'v1',
        metadata: {
          labels: {
            ...{ app: 'sum', [key]: '0', 'job-name': 'sum', 'batch.kubernetes.io/job-name': 'sum' },
            ...{ 'controller-uid': 'job-uid', 'batch.kubernetes.io/controller-uid': 'job-uid' },
          },
          annotations: { [key]: '0' },
          ownerReferences: [{ kind: 'Job', uid: 'job-uid', controller: true }],
        },
        spec: {
          hostname: 'sum-0',
          initContainers: [{ env: [index] }],
          containers: [{ env: [{ name: 'A' }, index] }, { env: [{ value: 'mine' }] }],
        },
      },
    });
  });

  it('with manualSelector has the pods that its selector names, and adds no labels', () => {
    const template = { ...aJobTemplate, metadata: { labels: { app: 'sum' } } };
    const job = aJob({
      manualSelector: true,
      selector: { matchLabels: { app: 'sum' } },
      template,
      parallelism: 2,
      completions: 2,
    });
    const { owner: _, ...orphan } = runs('a', { labels: { app: 'sum' } });
    expect(wordsOf(plan(job, [orphan]).actions)).toEqual(['setPodOwner']);
    const [action] = plan(job, [runs('a', { labels: { app: 'sum' } })]).actions;
    expect(action).toMatchObject({ manifest: { metadata: { labels: { app: 'sum' } } } });
  });
});
