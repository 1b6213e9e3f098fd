/** DaemonSet: one pod, as there is one machine (pkg/controller/daemon). Pure. */
import type { OwnedPod, WorkloadAction, WorkloadFamily, WorkloadPlan } from '../model/workload.ts';
import type { DaemonSetObject, DaemonSetStatus, RollingUpdateSpec } from '../model/workload-spec.ts';
import { forgetRevisions, type History, planHistory, type Revision, revisionHashLabel } from './controller-history.ts';
import { scaledNumber } from './int-or-percent.ts';
import { createPods } from './new-pods.ts';
import { claimPods } from './ownership.ts';
import { earliest, endedOf, isActive, isAvailable, nextAvailableMs, replaceableAtMs } from './pod-availability.ts';
import { withoutZeros } from './without-zeros.ts';

/** A pod that ended is deleted and made anew; with maxSurge the new one has to be available before the old one goes. */
export function planDaemonSet(
  set: DaemonSetObject,
  family: WorkloadFamily,
  nowMs: number,
): WorkloadPlan<DaemonSetStatus> {
  const { claimed, actions } = claimPods(set, family.pods);
  const history = planHistory(set, family.revisions ?? []);
  const { update } = history;
  const heldUntilMs = replaceableAtMs(claimed);
  const readyAtMs = nextAvailableMs(claimed.filter(isActive), set.spec.minReadySeconds, nowMs);
  const wakeAtMs = earliest(readyAtMs, nowMs < heldUntilMs && heldUntilMs);
  return {
    actions: set.isDeleting
      ? []
      : [
          ...historyActions(set, history, claimed),
          ...actions,
          ...podActions({ set, update, pods: family.pods, nowMs }, claimed),
        ],
    status: statusOf(set, update, claimed, nowMs),
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

function historyActions(set: DaemonSetObject, history: History, pods: readonly OwnedPod[]): readonly WorkloadAction[] {
  const live = new Set([history.update.hash, ...pods.map(({ labels }) => labels[revisionHashLabel])]);
  return [...history.actions, ...forgetRevisions(set, history, ({ hash }) => live.has(hash))];
}

interface Situation {
  readonly set: DaemonSetObject;
  readonly update: Revision;
  /** all of the namespace */
  readonly pods: readonly OwnedPod[];
  readonly nowMs: number;
}

function podActions(situation: Situation, own: readonly OwnedPod[]): readonly WorkloadAction[] {
  const { set, update, pods, nowMs } = situation;
  const ended = endedOf(own);
  if (ended.length > 0) return nowMs < replaceableAtMs(own) ? [] : ended.flatMap((pod) => replaceEnded(set, pod));
  const active = own.filter(isActive).sort((left, right) => left.createdMs - right.createdMs);
  const create = (): readonly WorkloadAction[] => createPods(set, labelled(update), 1, { pods, nowMs });
  const { updateStrategy } = set.spec;
  if (updateStrategy.type === 'RollingUpdate' && surges(updateStrategy)) return surge(situation, active, create);
  // The next one comes when the one before is gone: it may hold what both need.
  if (own.length === 0) return create();
  const [kept, ...doubles] = active;
  const isOld = updateStrategy.type === 'RollingUpdate' && kept !== undefined && !isOf(update, kept);
  return [...doubles.map((pod) => remove(pod, 'one pod is enough')), ...(isOld ? [remove(kept, updated)] : [])];
}

const updated = 'its template changed';
const surges = ({ maxSurge }: RollingUpdateSpec): boolean => scaledNumber(maxSurge, 1, 'up') > 0;

function surge(
  { set, update, nowMs }: Situation,
  active: readonly OwnedPod[],
  create: () => readonly WorkloadAction[],
): readonly WorkloadAction[] {
  const [current, ...doubles] = active.filter((pod) => isOf(update, pod));
  const old = active.filter((pod) => !isOf(update, pod));
  if (current === undefined) return create();
  const canGo = isAvailable(current, set.spec.minReadySeconds, nowMs);
  const useless = old.filter((pod) => canGo || !isAvailable(pod, set.spec.minReadySeconds, nowMs));
  return [...doubles.map((pod) => remove(pod, 'one pod is enough')), ...useless.map((pod) => remove(pod, updated))];
}

const isOf = ({ hash }: Revision, { labels }: OwnedPod): boolean => labels[revisionHashLabel] === hash;

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

function labelled({ hash, template }: Revision): Revision['template'] {
  const { metadata } = template;
  const labels = { ...metadata?.labels, [revisionHashLabel]: hash };
  return { ...template, metadata: { ...metadata, labels } };
}

function statusOf(set: DaemonSetObject, update: Revision, own: readonly OwnedPod[], nowMs: number): DaemonSetStatus {
  const active = own.filter(isActive);
  const has = (holds: (pod: OwnedPod) => boolean): number => (active.some(holds) ? 1 : 0);
  const available = has((pod) => isAvailable(pod, set.spec.minReadySeconds, nowMs));
  return {
    currentNumberScheduled: has(() => true),
    numberMisscheduled: 0,
    desiredNumberScheduled: 1,
    numberReady: has(({ isReady }) => isReady),
    ...withoutZeros({
      updatedNumberScheduled: has((pod) => isOf(update, pod)),
      numberAvailable: available,
      numberUnavailable: 1 - available,
      observedGeneration: set.generation,
    }),
  };
}
