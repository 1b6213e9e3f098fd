/**
 * CronJob: a Job at each time of its schedule, under a name made of that time, so that no time ever has two (pkg/controller/cronjob).
 * Of times that passed meanwhile only the last one counts. Pure.
 */
import { type CronJobObject, type CronJobStatus, type JobObject, scheduledTimeAnnotation } from '../model/job-spec.ts';
import type { WorkloadAction, WorkloadFamily, WorkloadObject, WorkloadPlan } from '../model/workload.ts';
import { activeJobs, deleteJob, forgetOver, historyEvents, historyStatus, tell } from './cron-job-history.ts';
import { type CronTimes, cronTimes, hasMissedMany } from './cron-times.ts';
import { controllerReference } from './ownership.ts';

/** `family.objects` are Jobs. */
export function planCronJob(cron: CronJobObject, family: WorkloadFamily, nowMs: number): WorkloadPlan<CronJobStatus> {
  const all = family.objects.map(asJob);
  const jobs = all.filter(({ owner }) => owner?.uid === cron.uid);
  const status = historyStatus(cron, jobs);
  if (cron.isDeleting) return { actions: [], status };
  const kept = [...historyEvents(cron, jobs), ...forgetOver(cron, jobs)];
  if (kept.length > 0) return { actions: kept, status };
  const { schedule, timeZone, suspend } = cron.spec;
  const times = suspend ? undefined : cronTimes(schedule, timeZone, cron.createdMs);
  if (times === undefined) return { actions: [], status };
  const step = dueStep({ ...cron, status }, { times, jobs, all, nowMs });
  const wakeAtMs = times.nextMs(nowMs);
  return { ...step, ...(wakeAtMs === undefined ? {} : { wakeAtMs }) };
}

/** What the loop gives has its spec's defaults filled in by its kind. */
const asJob = (object: WorkloadObject): JobObject => object as WorkloadObject<never> as JobObject;

interface Circumstances {
  readonly times: CronTimes;
  /** its own */
  readonly jobs: readonly JobObject[];
  /** whose names are taken */
  readonly all: readonly JobObject[];
  readonly nowMs: number;
}

type Step = Pick<WorkloadPlan<CronJobStatus>, 'actions' | 'status'>;

function dueStep(cron: CronJobObject, circumstances: Circumstances): Step {
  const { times, jobs, all, nowMs } = circumstances;
  const { status, spec } = cron;
  const fromMs = lastScheduleMs(cron, nowMs);
  const dueMs = times.lastMs(fromMs, nowMs);
  if (dueMs === undefined) return { actions: [], status };
  const known = all.find(({ name }) => name === nameFor(cron, dueMs));
  // Made by a podd that was killed before it noted so.
  if (known !== undefined && known.owner?.uid === cron.uid)
    return { actions: [], status: { ...status, lastScheduleTime: timeOf(dueMs) } };
  const deadlineMs = (spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  if (dueMs + deadlineMs < nowMs) return skip(status, dueMs, tell('Warning', 'MissSchedule', missed(dueMs)));
  const active = activeJobs(jobs);
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0)
    return skip(status, dueMs, tell('Normal', 'JobAlreadyActive', alreadyActive));
  const replaced = spec.concurrencyPolicy === 'Replace' ? active : [];
  const isLong = hasMissedMany(times, Math.max(fromMs, nowMs - deadlineMs), nowMs);
  return {
    actions: [
      ...(isLong ? [tell('Warning', 'TooManyMissedTimes', tooMany)] : []),
      ...replaced.flatMap((job) => deleteJob(job, 'the next one is due')),
      ...createJob(cron, dueMs),
    ],
    status: { ...withoutActive(status, replaced), lastScheduleTime: timeOf(dueMs) },
  };
}

/** Those that it deletes itself do not go missing. */
function withoutActive({ active = [], ...status }: CronJobStatus, gone: readonly JobObject[]): CronJobStatus {
  const left = active.filter(({ uid }) => !gone.some((job) => job.uid === uid));
  return { ...status, ...(left.length === 0 ? {} : { active: left }) };
}

const alreadyActive = 'Not starting job because prior execution is running and concurrency policy is Forbid';
const tooMany = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
const missed = (dueMs: number): string => `Missed scheduled time to start a job: ${timeOf(dueMs)}`;

/** Said once for each time; a time that is not too late yet is still used when nothing is in its way any more. */
function skip(status: CronJobStatus, dueMs: number, event: WorkloadAction): Step {
  const lastSkippedTime = timeOf(dueMs);
  if (status.lastSkippedTime === lastSkippedTime) return { actions: [], status };
  return { actions: [event], status: { ...status, lastSkippedTime } };
}

/** A clock that was set back by less than this is waited for, so that no time comes twice; by more, it had been wrong before. */
const smallJumpMs = 3_600_000;

/** From when on times count. */
function lastScheduleMs({ status, createdMs }: CronJobObject, nowMs: number): number {
  const lastMs = status.lastScheduleTime === undefined ? createdMs : Date.parse(status.lastScheduleTime);
  return lastMs > nowMs + smallJumpMs ? nowMs : lastMs;
}

/** Kubernetes' precision: whole seconds. */
const timeOf = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** Minutes since the epoch tell the times of a schedule apart (seconds where `@every` has less than a minute between two). */
function nameFor({ name, spec }: CronJobObject, dueMs: number): string {
  const isFine = spec.schedule.trim().startsWith('@every') && dueMs % 60_000 !== 0;
  return `${name}-${Math.floor(dueMs / (isFine ? 1_000 : 60_000))}`;
}

function createJob(cron: CronJobObject, dueMs: number): readonly WorkloadAction[] {
  const { apiVersion, namespace, spec } = cron;
  const { metadata, spec: job } = spec.jobTemplate;
  const name = nameFor(cron, dueMs);
  const annotations = { ...metadata?.annotations, [scheduledTimeAnnotation]: timeOf(dueMs) };
  const { labels } = metadata ?? {};
  const manifest = {
    ...{ apiVersion, kind: 'Job' },
    metadata: {
      ...{ name, namespace, annotations },
      ...(labels === undefined ? {} : { labels }),
      ownerReferences: [controllerReference(cron)],
    },
    spec: job,
  };
  return [{ action: 'createObject', manifest }, tell('Normal', 'SuccessfulCreate', `Created job ${name}`)];
}
