/** Status of a Deployment: its counts, and the conditions Available, Progressing and ReplicaFailure (deployment/progress.go). Pure. */
import type { WorkloadFamily } from '../model/workload.ts';
import type { DeploymentObject, DeploymentStatus, WorkloadCondition } from '../model/workload-spec.ts';
import { findCondition, type NewCondition, refreshCondition, withCondition, withoutCondition } from './conditions.ts';
import { boundsOf, type DeploymentSets, sumOf } from './deployment-sets.ts';
import { withoutZeros } from './without-zeros.ts';

/** Kubernetes' "no deadline". */
const noDeadline = 2_147_483_647;
const type = 'Progressing';
type Conditions = readonly WorkloadCondition[];

/** Counts, and Available; what is told of progress stays, but for its being paused. */
export function countStatus(deployment: DeploymentObject, sets: DeploymentSets, nowMs: number): DeploymentStatus {
  const { status, generation } = deployment;
  const counts = countsOf(sets);
  const now = new Date(nowMs).toISOString();
  const available = availableCondition(deployment, counts.availableReplicas);
  const conditions = withCondition(pausedConditions(deployment, status.conditions ?? [], now), available, now);
  return {
    ...withoutZeros({ observedGeneration: generation, ...counts, collisionCount: status.collisionCount ?? 0 }),
    conditions,
  };
}

type Counts = ReturnType<typeof countsOf>;

function countsOf({ newest, all }: DeploymentSets) {
  const replicas = sumOf(all, ({ current }) => current);
  const availableReplicas = sumOf(all, ({ available }) => available);
  return {
    replicas,
    updatedReplicas: newest?.current ?? 0,
    readyReplicas: sumOf(all, ({ ready }) => ready),
    availableReplicas,
    unavailableReplicas: Math.max(replicas - availableReplicas, 0),
  };
}

function availableCondition(deployment: DeploymentObject, available: number): NewCondition {
  const holds = available >= deployment.spec.replicas - boundsOf(deployment).unavailable;
  return {
    type: 'Available',
    status: holds ? 'True' : 'False',
    reason: holds ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${holds ? 'has' : 'does not have'} minimum availability.`,
  };
}

/** A time that it was paused is no lack of progress. */
function pausedConditions({ spec }: DeploymentObject, before: Conditions, now: string): Conditions {
  const reason = findCondition(before, type)?.reason;
  const wasPaused = reason === 'DeploymentPaused';
  if (!hasDeadline(spec) || reason === 'ProgressDeadlineExceeded' || spec.paused === wasPaused) return before;
  const word = spec.paused ? 'Paused' : 'Resumed';
  const message = `Deployment is ${word.toLowerCase()}`;
  return withCondition(before, { type, status: 'Unknown', reason: `Deployment${word}`, message }, now);
}

const hasDeadline = ({ progressDeadlineSeconds }: DeploymentObject['spec']): boolean =>
  progressDeadlineSeconds !== noDeadline;

/** The same during a rollout: whether it gets on, is done, or has taken too long. */
export function rolloutStatus(
  deployment: DeploymentObject,
  sets: DeploymentSets,
  { refusal, nowMs }: { readonly refusal: WorkloadFamily['refusal']; readonly nowMs: number },
): DeploymentStatus {
  const status = countStatus(deployment, sets, nowMs);
  const progress = progressConditions(deployment, { status, sets, refusal, nowMs });
  const failure = failureOf(sets);
  const now = new Date(nowMs).toISOString();
  const conditions =
    failure === undefined ? withoutCondition(progress, 'ReplicaFailure') : withCondition(progress, failure, now);
  return { ...status, conditions };
}

interface Rollout {
  /** as counted now */
  readonly status: DeploymentStatus;
  readonly sets: DeploymentSets;
  readonly refusal: WorkloadFamily['refusal'];
  readonly nowMs: number;
}

function progressConditions(deployment: DeploymentObject, rollout: Rollout): Conditions {
  const { status, sets, refusal, nowMs } = rollout;
  const conditions = status.conditions ?? [];
  if (!hasDeadline(deployment.spec)) return withoutCondition(conditions, type);
  const now = new Date(nowMs).toISOString();
  const subject =
    sets.newest === undefined ? `Deployment "${deployment.name}"` : `ReplicaSet "${sets.newest.set.name}"`;
  if (refusal !== undefined && sets.newest === undefined) {
    const message = `Failed to create new replica set: ${refusal.message}`;
    return withCondition(conditions, { type, status: 'False', reason: 'ReplicaSetCreateError', message }, now);
  }
  if (isSettled(deployment, status)) return conditions;
  const holds = (reason: string, message: string): NewCondition => ({ type, status: 'True', reason, message });
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, holds('NewReplicaSetAvailable', message), now);
  }
  if (isProgressing(deployment.status, status)) {
    return refreshCondition(conditions, holds('ReplicaSetUpdated', `${subject} is progressing.`), now);
  }
  if (!isLate(deployment, status, nowMs)) return withFound(conditions, sets, now);
  const message = `${subject} has timed out progressing.`;
  return withCondition(conditions, { type, status: 'False', reason: 'ProgressDeadlineExceeded', message }, now);
}

/** The deadline needs a time to count from. */
function withFound(conditions: Conditions, { newest }: DeploymentSets, now: string): Conditions {
  if (newest === undefined || findCondition(conditions, type) !== undefined) return conditions;
  const message = `Found new replica set "${newest.set.name}"`;
  return withCondition(conditions, { type, status: 'True', reason: 'FoundNewReplicaSet', message }, now);
}

/** What the Deployment's status is to say when its new ReplicaSet has been made. */
export function withNewSet(deployment: DeploymentObject, status: DeploymentStatus, name: string, nowMs: number) {
  if (!hasDeadline(deployment.spec)) return status;
  const condition: NewCondition = {
    ...{ type, status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` },
  };
  const conditions = refreshCondition(status.conditions ?? [], condition, new Date(nowMs).toISOString());
  return { ...status, conditions };
}

/** It was complete before, and only the number of its pods moves. */
function isSettled({ status: before }: DeploymentObject, status: DeploymentStatus): boolean {
  const isUpdated = (status.replicas ?? 0) === (status.updatedReplicas ?? 0);
  return isUpdated && findCondition(before.conditions, type)?.reason === 'NewReplicaSetAvailable';
}

/** Every pod is of the newest revision and available. */
export function isComplete({ spec }: DeploymentObject, status: DeploymentStatus): boolean {
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas];
  return counts.every((count) => (count ?? 0) === spec.replicas);
}

function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const oldOnes = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  const grew = (key: keyof Counts): boolean => (after[key] ?? 0) > (before[key] ?? 0);
  return (
    grew('updatedReplicas') || oldOnes(after) < oldOnes(before) || grew('readyReplicas') || grew('availableReplicas')
  );
}

function isLate(deployment: DeploymentObject, status: DeploymentStatus, nowMs: number): boolean {
  const condition = findCondition(status.conditions, type);
  if (condition?.reason === 'ProgressDeadlineExceeded') return true;
  const deadlineMs = progressDeadlineMs(deployment, status);
  return deadlineMs !== undefined && deadlineMs <= nowMs;
}

/** When lack of progress is to be told; undefined: it is not waited for. */
export function progressDeadlineMs({ spec }: DeploymentObject, status: DeploymentStatus): number | undefined {
  const condition = findCondition(status.conditions, type);
  if (condition?.lastUpdateTime === undefined || !hasDeadline(spec) || spec.paused) return undefined;
  if (condition.reason === 'NewReplicaSetAvailable' || condition.reason === 'ProgressDeadlineExceeded')
    return undefined;
  return Date.parse(condition.lastUpdateTime) + spec.progressDeadlineSeconds * 1000;
}

/** Of the newest ReplicaSet before the others. */
function failureOf({ newest, all }: DeploymentSets): NewCondition | undefined {
  const failures = [newest, ...all].map((view) => findCondition(view?.set.status.conditions, 'ReplicaFailure'));
  return failures.find((failure) => failure !== undefined);
}
