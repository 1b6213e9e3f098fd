/** Whether a Job is over, and why (job_controller.go syncJob). Pure. */
import type { JobObject, JobStatus } from '../model/job-spec.ts';
import type { OwnedPod } from '../model/workload.ts';
import type { NewCondition } from './conditions.ts';
import { indexesOf } from './job-counts.ts';
import { metSuccessRule } from './success-policy.ts';

/** What a Job is to come to: its pods go first. */
export type Verdict = Omit<NewCondition, 'type' | 'status'> & {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
};

interface Judged {
  /** with today's counts */
  readonly status: JobStatus;
  readonly active: readonly OwnedPod[];
  /** a pod failed that the podFailurePolicy does not forgive */
  readonly failJob: string | undefined;
  readonly nowMs: number;
}

/** Kubernetes' order, but that what is complete does not fail by a deadline that passed while podd was away. */
export function judgeJob(job: JobObject, judged: Judged): Verdict | undefined {
  const { failJob } = judged;
  if (failJob !== undefined) return failure('PodFailurePolicy', failJob);
  if (isPastBackoffLimit(job, judged))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (isComplete(job, judged)) return success('CompletionsReached', 'Reached expected number of succeeded pods');
  const deadlineMs = deadlineAtMs(job, judged.status);
  if (deadlineMs !== undefined && deadlineMs <= judged.nowMs)
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  return job.spec.completionMode === 'Indexed' ? judgeIndexes(job, judged.status) : undefined;
}

const failure = (reason: string, message: string): Verdict => ({ type: 'FailureTarget', reason, message });
const success = (reason: string, message: string): Verdict => ({ type: 'SuccessCriteriaMet', reason, message });

function isPastBackoffLimit({ spec }: JobObject, { status, active }: Judged): boolean {
  if ((status.failed ?? 0) > spec.backoffLimit) return true;
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const restarts = active.reduce((sum, pod) => sum + pod.restarts, 0);
  return restarts > 0 && restarts >= spec.backoffLimit;
}

function isComplete({ spec }: JobObject, { status, active }: Judged): boolean {
  const succeeded = status.succeeded ?? 0;
  const isEnough = spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions;
  return isEnough && active.length === 0;
}

/** When it has taken too long; undefined: never. */
export function deadlineAtMs({ spec }: JobObject, { startTime }: JobStatus): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec;
  if (suspend || startTime === undefined || activeDeadlineSeconds === undefined) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1000;
}

function judgeIndexes(job: JobObject, status: JobStatus): Verdict | undefined {
  const { completed, failed } = indexesOf(job, status);
  const { maxFailedIndexes, completions = 0 } = job.spec;
  if (maxFailedIndexes !== undefined && failed.size > maxFailedIndexes)
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (failed.size > 0 && failed.size + completed.size >= completions)
    return failure('FailedIndexes', 'Job has failed indexes');
  const met = metSuccessRule(job.spec, completed);
  return met === undefined ? undefined : success('SuccessPolicy', met);
}
