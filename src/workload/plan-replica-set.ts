/** ReplicaSet: as many pods of one template as are wanted (pkg/controller/replicaset). Pure. */
import type { OwnedPod, WorkloadAction, WorkloadFamily, WorkloadPlan } from '../model/workload.ts';
import type { ReplicaSetObject, ReplicaSetStatus, WorkloadCondition } from '../model/workload-spec.ts';
import { matchesLabels, requirementsOf } from '../util/match-labels.ts';
import { withCondition, withoutCondition } from './conditions.ts';
import { createPods } from './new-pods.ts';
import { orderForDeletion } from './order-for-deletion.ts';
import { claimPods } from './ownership.ts';
import { earliest, endedOf, isActive, isAvailable, nextAvailableMs, replaceableAtMs } from './pod-availability.ts';
import { withoutZeros } from './without-zeros.ts';

/** Pods that ended are replaced and stay to be looked at; those that are being deleted are replaced at once. */
export function planReplicaSet(
  set: ReplicaSetObject,
  family: WorkloadFamily,
  nowMs: number,
): WorkloadPlan<ReplicaSetStatus> {
  const { claimed, actions } = claimPods(set, family.pods);
  const active = claimed.filter(isActive);
  const heldUntilMs = active.length < set.spec.replicas ? replaceableAtMs(claimed) : 0;
  const wakeAtMs = earliest(
    nextAvailableMs(active, set.spec.minReadySeconds, nowMs),
    nowMs < heldUntilMs && heldUntilMs,
  );
  const counted = nowMs < heldUntilMs ? [] : countActions(set, active, family.pods, nowMs);
  return {
    actions: set.isDeleting ? [] : [...actions, ...counted, ...forgetEnded(claimed)],
    status: statusOf(set, active, family.refusal, nowMs),
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

/** Ended pods that are kept to be looked at; more go, the oldest first (terminated-pod-gc-threshold, per ReplicaSet here). */
const keptEnded = 10;

const forgetEnded = (pods: readonly OwnedPod[]): readonly WorkloadAction[] =>
  endedOf(pods)
    .slice(keptEnded)
    .map(({ name, uid }) => ({ action: 'deletePod', name, uid, why: `only ${keptEnded} ended pods are kept` }));

function countActions(
  set: ReplicaSetObject,
  active: readonly OwnedPod[],
  pods: readonly OwnedPod[],
  nowMs: number,
): readonly WorkloadAction[] {
  const { replicas, template } = set.spec;
  const surplus = active.length - replicas;
  if (surplus < 0) return createPods(set, template, -surplus, { pods, nowMs });
  return orderForDeletion(active, nowMs)
    .slice(0, surplus)
    .map(({ name, uid }) => ({ action: 'deletePod', name, uid, why: `${set.name} is scaled to ${replicas}` }));
}

function statusOf(
  set: ReplicaSetObject,
  active: readonly OwnedPod[],
  refusal: WorkloadFamily['refusal'],
  nowMs: number,
): ReplicaSetStatus {
  const { template, minReadySeconds } = set.spec;
  const labelled = requirementsOf({ matchLabels: template.metadata?.labels ?? {} });
  const conditions = conditionsOf(set, refusal, nowMs);
  return {
    replicas: active.length,
    ...withoutZeros({
      fullyLabeledReplicas: active.filter(({ labels }) => matchesLabels(labelled, labels)).length,
      readyReplicas: active.filter(({ isReady }) => isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
      observedGeneration: set.generation,
    }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsOf(
  { status }: ReplicaSetObject,
  refusal: WorkloadFamily['refusal'],
  nowMs: number,
): readonly WorkloadCondition[] {
  const before = status.conditions ?? [];
  const type = 'ReplicaFailure';
  if (refusal === undefined) return withoutCondition(before, type);
  const after = withCondition(before, { type, status: 'True', ...refusal }, new Date(nowMs).toISOString());
  return after.map(({ lastUpdateTime: _, ...condition }) => condition);
}
