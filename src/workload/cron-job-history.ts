/** What a CronJob knows of its Jobs, and which of those that are over it forgets (cronjob_controllerv2.go). Pure. */
import type { ActiveJob, CronJobObject, CronJobStatus, JobObject } from '../model/job-spec.ts';
import { instantiateAnnotation } from '../model/job-spec.ts';
import type { WorkloadAction } from '../model/workload.ts';
import { finishedCondition } from './plan-job.ts';

/** Those it has started itself, and that are not over. */
export const activeJobs = (jobs: readonly JobObject[]): readonly JobObject[] =>
  jobs.filter(
    (job) =>
      finishedCondition(job.status) === undefined &&
      !job.isDeleting &&
      job.annotations[instantiateAnnotation] === undefined,
  );

const referenceTo = ({ apiVersion, namespace, name, uid }: JobObject): ActiveJob => ({
  ...{ apiVersion, kind: 'Job', namespace, name, uid },
});

/** Status as its Jobs are now; the times of its schedule stay. */
export function historyStatus({ status }: CronJobObject, jobs: readonly JobObject[]): CronJobStatus {
  const { active: _active, lastSuccessfulTime, ...times } = status;
  const active = activeJobs(jobs).map(referenceTo);
  const successes = jobs.flatMap((job) => (isSuccess(job) ? (job.status.completionTime ?? []) : []));
  const newest = [...successes, ...(lastSuccessfulTime === undefined ? [] : [lastSuccessfulTime])].sort().at(-1);
  return {
    ...times,
    ...(active.length === 0 ? {} : { active }),
    ...(newest === undefined ? {} : { lastSuccessfulTime: newest }),
  };
}

const isSuccess = ({ status }: JobObject): boolean => finishedCondition(status)?.type === 'Complete';

/** What has become of those that ran when it was looked last. */
export function historyEvents({ status }: CronJobObject, jobs: readonly JobObject[]): readonly WorkloadAction[] {
  const byUid = new Map(jobs.map((job) => [job.uid, job]));
  return (status.active ?? []).flatMap(({ uid, name }) => {
    const job = byUid.get(uid);
    const over = job && finishedCondition(job.status);
    if (over !== undefined)
      return [tell('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${over.type}`)];
    return job === undefined ? [tell('Normal', 'MissingJob', `Active job went missing: ${name}`)] : [];
  });
}

export const tell = (type: 'Normal' | 'Warning', reason: string, message: string): WorkloadAction => ({
  ...{ action: 'event', type, reason, message },
});

/** The oldest of those that are over and too many. */
export function forgetOver({ spec }: CronJobObject, jobs: readonly JobObject[]): readonly WorkloadAction[] {
  const over = jobs.filter((job) => finishedCondition(job.status) !== undefined && !job.isDeleting);
  return [
    ...surplus(over.filter(isSuccess), spec.successfulJobsHistoryLimit),
    ...surplus(
      over.filter((job) => !isSuccess(job)),
      spec.failedJobsHistoryLimit,
    ),
  ].flatMap((job) => deleteJob(job, 'only so many jobs that are over are kept'));
}

function surplus(jobs: readonly JobObject[], limit: number): readonly JobObject[] {
  const startOf = ({ status, createdMs }: JobObject): number =>
    status.startTime === undefined ? createdMs : Date.parse(status.startTime);
  return [...jobs].sort((left, right) => startOf(left) - startOf(right)).slice(0, Math.max(jobs.length - limit, 0));
}

/** With the event that says so. */
export const deleteJob = ({ name, uid }: JobObject, why: string): readonly WorkloadAction[] => [
  { action: 'deleteObject', kind: 'Job', name, uid, why },
  tell('Normal', 'SuccessfulDelete', `Deleted job ${name}`),
];
