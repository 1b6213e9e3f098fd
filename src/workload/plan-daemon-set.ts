/** DaemonSet: one pod, as there is one machine (pkg/controller/daemon). Pure. */
import type { OwnedPod, WorkloadAction, WorkloadFamily, WorkloadPlan } from '../model/workload.ts';
import type { DaemonSetObject, DaemonSetStatus, RollingUpdateSpec } from '../model/workload-spec.ts';
import { scaledNumber } from './int-or-percent.ts';
import { createPods } from './new-pods.ts';
import { claimPods } from './ownership.ts';
import { earliest, endedOf, isActive, isAvailable, nextAvailableMs, replaceableAtMs } from './pod-availability.ts';
import { templateHash } from './template-hash.ts';
import { withoutZeros } from './without-zeros.ts';

/** Kubernetes' label of the revision that a pod is of. */
export const revisionHashLabel = 'controller-revision-hash';

/** A pod that ended is deleted and made anew; with maxSurge the new one has to be available before the old one goes. */
export function planDaemonSet(
  set: DaemonSetObject,
  family: WorkloadFamily,
  nowMs: number,
): WorkloadPlan<DaemonSetStatus> {
  const { claimed, actions } = claimPods(set, family.pods);
  const heldUntilMs = replaceableAtMs(claimed);
  const readyAtMs = nextAvailableMs(claimed.filter(isActive), set.spec.minReadySeconds, nowMs);
  const wakeAtMs = earliest(readyAtMs, nowMs < heldUntilMs && heldUntilMs);
  return {
    actions: set.isDeleting ? [] : [...actions, ...podActions(set, claimed, family.pods, nowMs)],
    status: statusOf(set, claimed, nowMs),
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

function podActions(
  set: DaemonSetObject,
  own: readonly OwnedPod[],
  pods: readonly OwnedPod[],
  nowMs: number,
): readonly WorkloadAction[] {
  const ended = endedOf(own);
  if (ended.length > 0) return nowMs < replaceableAtMs(own) ? [] : ended.flatMap((pod) => replaceEnded(set, pod));
  const active = own.filter(isActive).sort((left, right) => left.createdMs - right.createdMs);
  const create = (): readonly WorkloadAction[] => createPods(set, templateOf(set), 1, { pods, nowMs });
  const { updateStrategy } = set.spec;
  if (updateStrategy.type === 'RollingUpdate' && surges(updateStrategy)) return surge(set, active, create, nowMs);
  // The next one comes when the one before is gone: it may hold what both need.
  if (own.length === 0) return create();
  const [kept, ...doubles] = active;
  const isOld = updateStrategy.type === 'RollingUpdate' && kept !== undefined && !isCurrent(set, kept);
  return [...doubles.map((pod) => remove(pod, 'one pod is enough')), ...(isOld ? [remove(kept, updated)] : [])];
}

const updated = 'its template changed';
const surges = ({ maxSurge }: RollingUpdateSpec): boolean => scaledNumber(maxSurge, 1, 'up') > 0;

function surge(
  set: DaemonSetObject,
  active: readonly OwnedPod[],
  create: () => readonly WorkloadAction[],
  nowMs: number,
): readonly WorkloadAction[] {
  const [current, ...doubles] = active.filter((pod) => isCurrent(set, pod));
  const old = active.filter((pod) => !isCurrent(set, pod));
  if (current === undefined) return create();
  const canGo = isAvailable(current, set.spec.minReadySeconds, nowMs);
  const useless = old.filter((pod) => canGo || !isAvailable(pod, set.spec.minReadySeconds, nowMs));
  return [...doubles.map((pod) => remove(pod, 'one pod is enough')), ...useless.map((pod) => remove(pod, updated))];
}

const isCurrent = ({ spec }: DaemonSetObject, { labels }: OwnedPod): boolean =>
  labels[revisionHashLabel] === templateHash(spec.template);

const remove = ({ name, uid }: OwnedPod, why: string): WorkloadAction => ({ action: 'deletePod', name, uid, why });

function replaceEnded({ namespace }: DaemonSetObject, pod: OwnedPod): readonly WorkloadAction[] {
  const isFailure = pod.phase === 'Failed';
  const message = `Found ${isFailure ? 'failed' : 'succeeded'} daemon pod ${namespace}/${pod.name}, will try to ${isFailure ? 'kill' : 'delete'} it`;
  const reason = isFailure ? 'FailedDaemonPod' : 'SucceededDaemonPod';
  return [
    { action: 'event', type: isFailure ? 'Warning' : 'Normal', reason, message },
    remove(pod, `it ${pod.phase.toLowerCase()}`),
  ];
}

function templateOf({ spec: { template } }: DaemonSetObject): DaemonSetObject['spec']['template'] {
  const { metadata } = template;
  const labels = { ...metadata?.labels, [revisionHashLabel]: templateHash(template) };
  return { ...template, metadata: { ...metadata, labels } };
}

function statusOf(set: DaemonSetObject, own: readonly OwnedPod[], nowMs: number): DaemonSetStatus {
  const active = own.filter(isActive);
  const has = (holds: (pod: OwnedPod) => boolean): number => (active.some(holds) ? 1 : 0);
  const available = has((pod) => isAvailable(pod, set.spec.minReadySeconds, nowMs));
  return {
    currentNumberScheduled: has(() => true),
    numberMisscheduled: 0,
    desiredNumberScheduled: 1,
    numberReady: has(({ isReady }) => isReady),
    ...withoutZeros({
      updatedNumberScheduled: has((pod) => isCurrent(set, pod)),
      numberAvailable: available,
      numberUnavailable: 1 - available,
      observedGeneration: set.generation,
    }),
  };
}
