/** Spec and status of Job and CronJob as their controllers see them: Kubernetes' batch/v1, defaults filled in. */
import type { LabelSelector } from './service-spec.ts';
import type { PodTemplate, WorkloadObject } from './workload.ts';
import type { WorkloadCondition } from './workload-spec.ts';

export const completionIndexKey = 'batch.kubernetes.io/job-completion-index';
export const indexFailureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
export const jobNameLabel = 'batch.kubernetes.io/job-name';
export const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
export const scheduledTimeAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** of Jobs that somebody made of a CronJob by hand: `manual` */
export const instantiateAnnotation = 'cronjob.kubernetes.io/instantiate';

export interface PodFailureRule {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator: 'In' | 'NotIn';
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
}

export interface SuccessRule {
  /** `0,2-4` */
  readonly succeededIndexes?: string;
  readonly succeededCount?: number;
}

export interface JobSpec {
  readonly parallelism: number;
  /** absent: until one pod succeeds */
  readonly completions?: number;
  readonly completionMode: 'NonIndexed' | 'Indexed';
  readonly activeDeadlineSeconds?: number;
  readonly backoffLimit: number;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly podFailurePolicy?: { readonly rules: readonly PodFailureRule[] };
  readonly successPolicy?: { readonly rules: readonly SuccessRule[] };
  readonly podReplacementPolicy: 'TerminatingOrFailed' | 'Failed';
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend: boolean;
  /** which pods are its own */
  readonly selector: LabelSelector;
  /** the user takes care of selector and labels */
  readonly manualSelector: boolean;
  readonly template: PodTemplate;
}

/** As Kubernetes writes it: what is 0 is left out, but for `ready` and `terminating`. Here it is what counts: pods may go. */
export interface JobStatus {
  readonly active?: number;
  readonly ready?: number;
  readonly terminating?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  /** `0-2,4` */
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  /** RFC 3339 */
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly WorkloadCondition[];
  /** podctl's own: uids of pods that are there and in the counts, or on their way out without counting */
  readonly countedPods?: readonly string[];
  /** podctl's own, with backoffLimitPerIndex: failures of indexes that are still to succeed */
  readonly indexFailures?: Readonly<Record<string, number>>;
}

export interface CronJobSpec {
  readonly schedule: string;
  /** IANA name */
  readonly timeZone?: string;
  readonly startingDeadlineSeconds?: number;
  readonly concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
  readonly suspend: boolean;
  readonly successfulJobsHistoryLimit: number;
  readonly failedJobsHistoryLimit: number;
  readonly jobTemplate: {
    readonly metadata?: PodTemplate['metadata'];
    readonly spec: Readonly<Record<string, unknown>>;
  };
}

/** ObjectReference */
export interface ActiveJob {
  readonly apiVersion: string;
  readonly kind: 'Job';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface CronJobStatus {
  readonly active?: readonly ActiveJob[];
  /** RFC 3339 */
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
  /** podctl's own: the last time that passed without a Job, as an event said */
  readonly lastSkippedTime?: string;
}

export type JobObject = WorkloadObject<JobSpec, JobStatus>;
export type CronJobObject = WorkloadObject<CronJobSpec, CronJobStatus>;
