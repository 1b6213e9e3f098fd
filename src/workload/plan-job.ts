/**
 * Job: pods that run to their end, until enough have succeeded or too many have failed (pkg/controller/job). Pure.
 *
 * What a plan has found out (pods that ended, pods that are let go, the verdict) is in the status before anything is done about it.
 */
import type { JobObject, JobStatus } from '../model/job-spec.ts';
import type { OwnedPod, WorkloadAction, WorkloadFamily, WorkloadPlan } from '../model/workload.ts';
import type { WorkloadCondition } from '../model/workload-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { findCondition, type NewCondition, withCondition } from './conditions.ts';
import { jobSelector } from './default-job-spec.ts';
import { retryAtMs } from './job-backoff.ts';
import { countedOf, countPods, isTerminating } from './job-counts.ts';
import { type Missing, missingIndexes } from './job-indexes.ts';
import { createJobPods, surplusPods } from './job-pods.ts';
import { deadlineAtMs, judgeJob, type Verdict } from './judge-job.ts';
import { claimPods } from './ownership.ts';
import { earliest, isActive } from './pod-availability.ts';

type JobPlan = WorkloadPlan<JobStatus>;

export function planJob(job: JobObject, family: WorkloadFamily, nowMs: number): JobPlan {
  const finished = finishedCondition(job.status);
  if (finished !== undefined) return rest(job, finished, nowMs);
  if (job.isDeleting) return { actions: [], status: job.status };
  const selecting = { ...job, spec: { selector: jobSelector(job.spec, job.uid) } };
  const { claimed, actions } = claimPods(selecting, family.pods);
  if (actions.length > 0) return { actions, status: job.status };
  const target = targetOf(job.status);
  const { status: counts, failJob } = countPods(job, claimed, target !== undefined);
  const active = claimed.filter(isActive);
  const status = started(job, counts, nowMs);
  const verdict = target === undefined ? judgeJob(job, { status, active, failJob, nowMs }) : undefined;
  if (verdict !== undefined) return noted(withNew(status, { ...verdict, status: 'True' }, nowMs), nowMs);
  if (!sameJson(status.countedPods, job.status.countedPods)) return noted(status, nowMs);
  if (target !== undefined) return end({ ...job, status }, claimed, target, nowMs);
  return manage({ ...job, status }, { ...family, claimed, active }, nowMs);
}

/** Complete or Failed; undefined: it is not over. */
export const finishedCondition = ({ conditions }: JobStatus): WorkloadCondition | undefined =>
  conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

function targetOf({ conditions }: JobStatus): Verdict | undefined {
  const found = conditions?.find(({ type }) => type === 'SuccessCriteriaMet' || type === 'FailureTarget');
  return found as Verdict | undefined;
}

/** Nothing is done yet: what was found out has to be known first. */
const noted = (status: JobStatus, nowMs: number): JobPlan => ({ actions: [], status, wakeAtMs: nowMs });

/** A Job that is over stays as it is, until its time is up. */
function rest({ name, uid, spec, status }: JobObject, finished: WorkloadCondition, nowMs: number): JobPlan {
  const { ttlSecondsAfterFinished: ttl } = spec;
  if (ttl === undefined) return { actions: [], status };
  const wakeAtMs = Date.parse(finished.lastTransitionTime) + ttl * 1000;
  if (nowMs < wakeAtMs) return { actions: [], status, wakeAtMs };
  const why = `it has been over for ${ttl} s`;
  return { actions: [{ action: 'deleteObject', kind: 'Job', name, uid, why }], status };
}

/** The clock of activeDeadlineSeconds runs since this; not while it is suspended, and never from the future. */
function started({ spec }: JobObject, status: JobStatus, nowMs: number): JobStatus {
  const { startTime } = status;
  if (startTime === undefined ? spec.suspend : Date.parse(startTime) <= nowMs) return status;
  return { ...status, startTime: new Date(nowMs).toISOString() };
}

function withNew(status: JobStatus, condition: NewCondition, nowMs: number): JobStatus {
  const conditions = withCondition(status.conditions ?? [], condition, new Date(nowMs).toISOString());
  return { ...status, conditions: conditions.map(({ lastUpdateTime: _, ...one }) => one) };
}

/** Its pods go, then it is over. */
function end(job: JobObject, pods: readonly OwnedPod[], target: Verdict, nowMs: number): JobPlan {
  const { status, spec } = job;
  const active = pods.filter(isActive);
  const isFailure = target.type === 'FailureTarget';
  const why = `the job has ${isFailure ? 'failed' : 'succeeded'}`;
  if (active.length > 0) return { actions: active.map((pod) => remove(pod, why)), status };
  if (pods.some(isTerminating)) return { actions: [], status };
  const { reason, message } = target;
  const over = withNew(status, { type: isFailure ? 'Failed' : 'Complete', status: 'True', reason, message }, nowMs);
  if (isFailure) return { actions: [tell('Warning', reason, message)], status: settled(over) };
  const isTooMuch = spec.completions !== undefined && (status.succeeded ?? 0) > spec.completions;
  const tooMany = 'Too many succeeded pods running after completion count reached';
  return {
    actions: [
      ...(isTooMuch ? [tell('Warning', 'TooManySucceededPods', tooMany)] : []),
      tell('Normal', 'Completed', 'Job completed'),
    ],
    status: { ...settled(over), completionTime: new Date(nowMs).toISOString() },
  };
}

/** Nothing is counted any more. */
function settled({ countedPods: _counted, indexFailures: _failures, ...status }: JobStatus): JobStatus {
  return status;
}

const remove = ({ name, uid }: OwnedPod, why: string): WorkloadAction => ({ action: 'deletePod', name, uid, why });

const tell = (type: 'Normal' | 'Warning', reason: string, message: string): WorkloadAction => ({
  ...{ action: 'event', type, reason, message },
});

interface Members extends WorkloadFamily {
  readonly claimed: readonly OwnedPod[];
  readonly active: readonly OwnedPod[];
}

function manage(job: JobObject, members: Members, nowMs: number): JobPlan {
  const { spec } = job;
  const { active } = members;
  const status = suspension(job, nowMs);
  const events = suspensionEvents(job, status);
  const counted = countedOf(job);
  const noticed = active.filter(({ uid }) => counted.has(uid));
  const why = spec.suspend ? 'the job is suspended' : 'the job needs fewer pods';
  if (noticed.length > 0) return { actions: [...events, ...noticed.map((pod) => remove(pod, why))], status };
  const wanted = wantedPods(job, active.length);
  const surplus = surplusPods(job, active, Math.max(active.length - wanted, 0), nowMs);
  if (surplus.length > 0) {
    const countedPods = [...(status.countedPods ?? []), ...surplus.map(({ uid }) => uid)];
    return { actions: events, status: { ...status, countedPods }, wakeAtMs: nowMs };
  }
  const waiting = spec.podReplacementPolicy === 'Failed' ? members.claimed.filter(isTerminating).length : 0;
  const { actions, wakeAtMs: retryMs } = createMissing(job, members, wanted - waiting - active.length, nowMs);
  const wakeAtMs = earliest(retryMs, deadlineAtMs(job, status));
  return { actions: [...events, ...actions], status, ...(wakeAtMs === undefined ? {} : { wakeAtMs }) };
}

function wantedPods({ spec, status }: JobObject, active: number): number {
  const succeeded = status.succeeded ?? 0;
  if (spec.suspend) return 0;
  // Without a number of completions nothing new begins after the first success, and what runs may end.
  if (spec.completions === undefined) return succeeded > 0 ? active : spec.parallelism;
  return Math.max(Math.min(spec.completions - succeeded, spec.parallelism), 0);
}

const suspended = 'Suspended';

function suspension({ spec, status }: JobObject, nowMs: number): JobStatus {
  const before = findCondition(status.conditions, suspended);
  if ((before?.status === 'True') === spec.suspend) return status;
  const word = spec.suspend ? 'suspended' : 'resumed';
  const reason = spec.suspend ? 'JobSuspended' : 'JobResumed';
  const condition = {
    type: suspended,
    status: spec.suspend ? 'True' : 'False',
    reason,
    message: `Job ${word}`,
  } as const;
  const changed = withNew(status, condition, nowMs);
  return spec.suspend ? changed : { ...changed, startTime: new Date(nowMs).toISOString() };
}

function suspensionEvents({ spec, status }: JobObject, after: JobStatus): readonly WorkloadAction[] {
  if (after === status) return [];
  return [spec.suspend ? tell('Normal', suspended, 'Job suspended') : tell('Normal', 'Resumed', 'Job resumed')];
}

function createMissing(job: JobObject, { claimed, pods }: Members, count: number, nowMs: number): Missing {
  if (count <= 0) return { actions: [] };
  const surroundings = { pods, nowMs };
  const retryMs = job.spec.backoffLimitPerIndex === undefined ? retryAtMs(claimed, nowMs) : 0;
  if (nowMs < retryMs) return { actions: [], wakeAtMs: retryMs };
  if (job.spec.completionMode === 'Indexed') return missingIndexes(job, claimed, count, surroundings);
  return { actions: createJobPods(job, count, surroundings) };
}
