/**
 * What a Job's pods have come to. Each pod is counted once, into the status, before anything is done because of it: counts outlive the
 * pods, and a podd that is killed in between counts the same again. Pure.
 */
import { completionIndexKey, type JobObject, type JobStatus } from '../model/job-spec.ts';
import type { OwnedPod } from '../model/workload.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import { isActive } from './pod-availability.ts';
import { judgeFailure } from './pod-failure-policy.ts';
import { withoutZeros } from './without-zeros.ts';

/** Which completion a pod of an indexed Job is for; undefined: none that is wanted. */
export function indexOf({ annotations }: OwnedPod, { spec }: JobObject): number | undefined {
  const written = annotations[completionIndexKey] ?? '';
  const index = /^\d{1,10}$/.test(written) ? Number(written) : Number.NaN;
  return index < (spec.completions ?? 0) ? index : undefined;
}

/** Indexes of a Job by what has become of them. */
export interface Indexes {
  readonly completed: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
}

export function indexesOf({ spec }: JobObject, { completedIndexes, failedIndexes }: JobStatus): Indexes {
  const completed = parseIndexes(completedIndexes, spec.completions ?? 0);
  const failed = parseIndexes(failedIndexes, spec.completions ?? 0);
  return { completed, failed: new Set([...failed].filter((index) => !completed.has(index))) };
}

/** Uids of the pods that are in the counts, or were let go without. */
export const countedOf = ({ status }: JobObject): ReadonlySet<string> => new Set(status.countedPods);

interface Counted {
  readonly status: JobStatus;
  /** a pod failed as the podFailurePolicy lets no pod fail: why the Job fails */
  readonly failJob?: string;
}

/** Status with counts of all that has ended; `isEnding`: all pods are on their way out. */
export function countPods(job: JobObject, pods: readonly OwnedPod[], isEnding: boolean): Counted {
  const counted = countedOf(job);
  const ended = pods.filter(({ uid }) => !counted.has(uid));
  const succeeded = ended.filter(({ phase }) => phase === 'Succeeded');
  const failed = ended
    .filter((pod) => hasFailed(job, pod, isEnding))
    .map((pod) => ({ pod, ...judgeFailure(job, pod) }));
  const failJob = failed.find(({ action }) => action === 'FailJob')?.message;
  const counting = failed.filter(({ action }) => action !== 'Ignore');
  const outcomes = [...succeeded, ...failed.map(({ pod }) => pod)].map(({ uid }) => uid);
  return {
    status: {
      ...liveCounts(pods),
      ...kept(job),
      ...(job.spec.completionMode === 'Indexed'
        ? indexCounts(job, succeeded, counting)
        : withoutZeros({ succeeded: (job.status.succeeded ?? 0) + succeeded.length })),
      ...withoutZeros({ failed: (job.status.failed ?? 0) + counting.length }),
      ...countedPods([...pods.map(({ uid }) => uid).filter((uid) => counted.has(uid)), ...outcomes]),
    },
    ...(failJob === undefined ? {} : { failJob }),
  };
}

/** A pod that is being deleted counts as failed at once, or when it has ended where the next one waits for that. */
function hasFailed({ spec }: JobObject, { phase, isDeleting }: OwnedPod, isEnding: boolean): boolean {
  if (phase === 'Failed') return true;
  return isDeleting && phase !== 'Succeeded' && (isEnding || spec.podReplacementPolicy !== 'Failed');
}

function liveCounts(pods: readonly OwnedPod[]): Pick<JobStatus, 'active' | 'ready' | 'terminating'> {
  const active = pods.filter(isActive);
  return {
    ...withoutZeros({ active: active.length }),
    ready: active.filter(({ isReady }) => isReady).length,
    terminating: pods.filter(isTerminating).length,
  };
}

/** It is being deleted and still has to end. */
export const isTerminating = ({ isDeleting, phase }: OwnedPod): boolean =>
  isDeleting && phase !== 'Succeeded' && phase !== 'Failed';

function kept({ status }: JobObject): JobStatus {
  const { startTime, completionTime, conditions } = status;
  return {
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

interface CountingFailure {
  readonly pod: OwnedPod;
  readonly action: string;
}

function indexCounts(
  job: JobObject,
  succeeded: readonly OwnedPod[],
  counting: readonly CountingFailure[],
): Partial<JobStatus> {
  const before = indexesOf(job, job.status);
  const completed = new Set([...before.completed, ...succeeded.flatMap((pod) => indexOf(pod, job) ?? [])]);
  return {
    ...withoutZeros({ succeeded: completed.size }),
    ...(completed.size === 0 ? {} : { completedIndexes: formatIndexes(completed) }),
    ...failedIndexCounts(job, before.failed, completed, counting),
  };
}

function failedIndexCounts(
  job: JobObject,
  before: ReadonlySet<number>,
  completed: ReadonlySet<number>,
  counting: readonly CountingFailure[],
): Partial<JobStatus> {
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined) return {};
  const failures = new Map(Object.entries(job.status.indexFailures ?? {}));
  const failed = new Set(before);
  for (const { pod, action } of counting) {
    const index = indexOf(pod, job);
    if (index === undefined) continue;
    const count = (failures.get(String(index)) ?? 0) + 1;
    failures.set(String(index), count);
    if (action === 'FailIndex' || count > limit) failed.add(index);
  }
  const lost = new Set([...failed].filter((index) => !completed.has(index)));
  const open = [...failures].filter(([index]) => !completed.has(Number(index)) && !lost.has(Number(index)));
  return {
    ...(lost.size === 0 ? {} : { failedIndexes: formatIndexes(lost) }),
    ...(open.length === 0 ? {} : { indexFailures: Object.fromEntries(open) }),
  };
}

/** Only of pods that are still there. */
const countedPods = (uids: readonly string[]): Partial<JobStatus> => (uids.length === 0 ? {} : { countedPods: uids });
