/** Specs of Jobs and CronJobs as they were written, with Kubernetes' defaults filled in. Validated before. */
import type { CronJobSpec, JobSpec } from '../model/job-spec.ts';
import { controllerUidLabel } from '../model/job-spec.ts';
import type { LabelSelector } from '../model/service-spec.ts';
import type { PodTemplate } from '../model/workload.ts';
import { numberOr, withoutNull } from './default-spec.ts';

type Written = Readonly<Record<string, unknown>>;
type WrittenJob = Partial<Omit<JobSpec, 'template'>>;

const defaultBackoffLimit = 6;
/** Kubernetes' "no limit" where each index has its own */
const noLimit = 2_147_483_647;

/** batch/v1 JobSpec: one pod at a time, one in all, six failures. The selector of one whose user gives none is `jobSelector`'s. */
export function jobSpec(written: Written): JobSpec {
  const job = withoutNull(written as WrittenJob);
  const isSingle = job.completions === undefined && job.parallelism === undefined;
  return {
    ...job,
    ...(isSingle ? { completions: 1 } : {}),
    parallelism: job.parallelism ?? 1,
    completionMode: job.completionMode ?? 'NonIndexed',
    backoffLimit: job.backoffLimit ?? (job.backoffLimitPerIndex === undefined ? defaultBackoffLimit : noLimit),
    podReplacementPolicy:
      job.podReplacementPolicy ?? (job.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
    suspend: job.suspend === true,
    manualSelector: job.manualSelector === true,
    selector: job.selector ?? {},
    template: written.template as PodTemplate,
  };
}

/** Which pods are the Job's: those that bear its uid, unless the user has said otherwise (batch strategy generateSelector). */
export const jobSelector = ({ manualSelector, selector }: JobSpec, uid: string): LabelSelector =>
  manualSelector ? selector : { matchLabels: { [controllerUidLabel]: uid } };

/** batch/v1 CronJobSpec: jobs may overlap, three that succeeded and one that failed are kept. */
export function cronJobSpec(written: Written): CronJobSpec {
  const cron = withoutNull(written as Partial<CronJobSpec>);
  return {
    ...cron,
    schedule: cron.schedule ?? '',
    jobTemplate: cron.jobTemplate ?? { spec: {} },
    concurrencyPolicy: cron.concurrencyPolicy ?? 'Allow',
    suspend: cron.suspend === true,
    successfulJobsHistoryLimit: numberOr(cron.successfulJobsHistoryLimit, 3),
    failedJobsHistoryLimit: numberOr(cron.failedJobsHistoryLimit, 1),
  };
}
