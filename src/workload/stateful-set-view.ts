/** A StatefulSet as its plan sees it: its revisions, and its pods by their numbers. Pure. */
import type { StatefulSetObject, StatefulSetStatus } from '../model/stateful-set-spec.ts';
import type { ClaimView, OwnedPod } from '../model/workload.ts';
import { type History, type Revision, revisionOf } from './controller-history.ts';
import { isAvailable } from './pod-availability.ts';
import { ordinalOf, revisionNameOf } from './stateful-set-pods.ts';
import { withoutZeros } from './without-zeros.ts';

export interface StatefulSetView {
  /** what pods below the partition are made of */
  readonly current: Revision;
  readonly update: Revision;
  /** in order, one for each that is wanted */
  readonly places: readonly { readonly ordinal: number; readonly pod: OwnedPod | undefined }[];
  /** whose numbers are not wanted, the highest first */
  readonly condemned: readonly OwnedPod[];
  readonly claims: readonly ClaimView[];
  readonly nowMs: number;
}

/** `pods`: its own. */
export function statefulSetView(
  set: StatefulSetObject,
  pods: readonly OwnedPod[],
  { update, kept }: History,
  claims: readonly ClaimView[],
  nowMs: number,
): StatefulSetView {
  const { replicas, firstOrdinal } = set.spec;
  const current = kept.find(({ name }) => name === set.status.currentRevision);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod, set) ?? -1, pod]));
  const isWanted = (ordinal: number): boolean => ordinal >= firstOrdinal && ordinal < firstOrdinal + replicas;
  return {
    current: current === undefined ? update : revisionOf(current),
    update,
    places: Array.from({ length: replicas }, (_, place) => {
      const ordinal = firstOrdinal + place;
      return { ordinal, pod: byOrdinal.get(ordinal) };
    }),
    condemned: [...byOrdinal]
      .filter(([ordinal]) => !isWanted(ordinal))
      .sort(([left], [right]) => right - left)
      .map(([, pod]) => pod),
    ...{ claims, nowMs },
  };
}

/** It runs, and has been ready for long enough. */
export const isHealthy = (set: StatefulSetObject, pod: OwnedPod | undefined, nowMs: number): boolean =>
  pod !== undefined && !pod.isDeleting && pod.phase === 'Running' && isAvailable(pod, set.spec.minReadySeconds, nowMs);

/** When all pods are of the update and ready, it is the current revision. */
export function statefulSetStatus(
  set: StatefulSetObject,
  view: StatefulSetView,
  pods: readonly OwnedPod[],
): StatefulSetStatus {
  const { current, update, nowMs } = view;
  const standing = pods.filter(({ isDeleting }) => !isDeleting);
  const ready = pods.filter(({ phase, isReady }) => phase === 'Running' && isReady);
  const countOf = ({ name }: Revision): number => standing.filter((pod) => revisionNameOf(pod) === name).length;
  const updated = countOf(update);
  const { replicas, updateStrategy, minReadySeconds } = set.spec;
  const isRolledOut =
    updateStrategy.type === 'RollingUpdate' &&
    [updated, pods.length, ready.length].every((count) => count === replicas);
  const newest = isRolledOut ? update : current;
  return {
    replicas: pods.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    ...withoutZeros({
      ...{ readyReplicas: ready.length, currentReplicas: countOf(newest), updatedReplicas: updated },
      observedGeneration: set.generation,
    }),
    ...{ currentRevision: newest.name, updateRevision: update.name },
  };
}
