/** Which indexes of a Job a pod is made for next. Pure. */
import type { JobObject } from '../model/job-spec.ts';
import type { OwnedPod, WorkloadAction } from '../model/workload.ts';
import { groupBy } from '../util/group-by.ts';
import { retryAtMs } from './job-backoff.ts';
import { indexesOf, indexOf, isTerminating } from './job-counts.ts';
import { createIndexPod, type Surroundings } from './job-pods.ts';
import { earliest, isActive } from './pod-availability.ts';

export interface Missing {
  readonly actions: readonly WorkloadAction[];
  /** when an index may be tried again */
  readonly wakeAtMs?: number;
}

/** Pods of the lowest `count` indexes that neither have ended nor run; with backoffLimitPerIndex each index waits by itself. */
export function missingIndexes(
  job: JobObject,
  pods: readonly OwnedPod[],
  count: number,
  surroundings: Surroundings,
): Missing {
  const { nowMs } = surroundings;
  const byIndex = groupBy(pods, (pod) => indexOf(pod, job));
  const closed = closedIndexes(job, pods);
  const due: number[] = [];
  const laterMs: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && due.length < count; index++) {
    if (closed.has(index)) continue;
    const atMs = job.spec.backoffLimitPerIndex === undefined ? 0 : retryAtMs(byIndex.get(index) ?? [], nowMs);
    if (atMs <= nowMs) due.push(index);
    else laterMs.push(atMs);
  }
  const wakeAtMs = earliest(...laterMs);
  return {
    actions: due.flatMap((index) => createIndexPod(job, index, surroundings)),
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

/** Of no pod's concern any more, or a pod's just now. */
function closedIndexes(job: JobObject, pods: readonly OwnedPod[]): ReadonlySet<number | undefined> {
  const { completed, failed } = indexesOf(job, job.status);
  const waits = job.spec.podReplacementPolicy === 'Failed';
  const inTheWay = pods.filter((pod) => isActive(pod) || (waits && isTerminating(pod)));
  return new Set([...completed, ...failed, ...inTheWay.map((pod) => indexOf(pod, job))]);
}
