/**
 * StatefulSet: numbered pods whose names and claims stay, made in order and updated against it (pkg/controller/statefulset). No number
 * is ever twice there: the next pod comes when the one before is gone. Pure.
 */
import type { StatefulSetObject, StatefulSetStatus } from '../model/stateful-set-spec.ts';
import type { OwnedPod, WorkloadAction, WorkloadFamily, WorkloadPlan } from '../model/workload.ts';
import { forgetRevisions, type History, planHistory } from './controller-history.ts';
import { scaledNumber } from './int-or-percent.ts';
import { claimPods } from './ownership.ts';
import { earliest, isActive, nextAvailableMs, replaceableAtMs } from './pod-availability.ts';
import { claimNamesOf, createNumbered, ordinalOf, revisionNameOf } from './stateful-set-pods.ts';
import { isHealthy, type StatefulSetView, statefulSetStatus, statefulSetView } from './stateful-set-view.ts';

export function planStatefulSet(
  set: StatefulSetObject,
  family: WorkloadFamily,
  nowMs: number,
): WorkloadPlan<StatefulSetStatus> {
  const members = family.pods.filter((pod) => ordinalOf(pod, set) !== undefined);
  const { claimed, actions } = claimPods(set, members);
  const history = planHistory(set, family.revisions ?? []);
  const view = statefulSetView(set, claimed, history, family.claims ?? [], nowMs);
  const status = statefulSetStatus(set, view, claimed);
  if (set.isDeleting) return { actions: [], status };
  const heldMs = claimed.filter(isEnded).map((pod) => replaceableAtMs([pod]));
  const wakeAtMs = earliest(
    nextAvailableMs(claimed.filter(isActive), set.spec.minReadySeconds, nowMs),
    ...heldMs.filter((atMs) => atMs > nowMs),
  );
  return {
    actions: actions.length > 0 ? actions : [...keepingActions(set, view, history, claimed), ...podActions(set, view)],
    status,
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

/** What is kept beside the pods: revisions, and claims as long as they are wanted. */
function keepingActions(
  set: StatefulSetObject,
  view: StatefulSetView,
  history: History,
  pods: readonly OwnedPod[],
): readonly WorkloadAction[] {
  const live = new Set([view.current.name, view.update.name, ...pods.map(revisionNameOf)]);
  const forgotten = forgetRevisions(set, history, ({ name }) => live.has(name));
  return [...history.actions, ...forgotten, ...freeClaims(set, view)];
}

/** In order: what is missing is made, then what is too much goes, then what is old goes. */
function podActions(set: StatefulSetObject, view: StatefulSetView): readonly WorkloadAction[] {
  const made = placeActions(set, view);
  if (made.actions.length > 0 || made.isBlocked) return made.actions;
  const { updateStrategy } = set.spec;
  const scaled = condemnedActions(set, view);
  if (scaled.actions.length > 0 || scaled.isBlocked || updateStrategy.type === 'OnDelete') return scaled.actions;
  return updateStrategy.maxUnavailable === undefined
    ? updateNext(set, view, updateStrategy.partition)
    : updateSeveral(set, view, { ...updateStrategy, maxUnavailable: updateStrategy.maxUnavailable });
}

interface Step {
  readonly actions: readonly WorkloadAction[];
  /** nothing behind it may happen now */
  readonly isBlocked: boolean;
}

const isOrdered = ({ spec }: StatefulSetObject): boolean => spec.podManagementPolicy === 'OrderedReady';

function placeActions(set: StatefulSetObject, view: StatefulSetView): Step {
  const actions: WorkloadAction[] = [];
  for (const { ordinal, pod } of view.places) {
    actions.push(...placeAction(set, view, ordinal, pod));
    if (isOrdered(set) && !isHealthy(set, pod, view.nowMs)) return { actions, isBlocked: true };
  }
  return { actions, isBlocked: false };
}

function placeAction(
  set: StatefulSetObject,
  view: StatefulSetView,
  ordinal: number,
  pod: OwnedPod | undefined,
): readonly WorkloadAction[] {
  if (pod === undefined) return createNumbered(set, ordinal, revisionFor(set, view, ordinal), view.claims);
  if (!isEnded(pod) || view.nowMs < replaceableAtMs([pod])) return [];
  const isFailure = pod.phase === 'Failed';
  const word = isFailure ? 'failed' : 'terminated';
  const message = `StatefulSet ${set.namespace}/${set.name} is recreating ${word} Pod ${pod.name}`;
  const reason = isFailure ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod';
  return [
    { action: 'event', type: isFailure ? 'Warning' : 'Normal', reason, message },
    remove(pod, `it ${pod.phase.toLowerCase()}`),
  ];
}

const isEnded = (pod: OwnedPod): boolean => !pod.isDeleting && !isActive(pod);

function revisionFor({ spec }: StatefulSetObject, { current, update }: StatefulSetView, ordinal: number) {
  const { updateStrategy: strategy, firstOrdinal } = spec;
  return strategy.type === 'RollingUpdate' && ordinal < firstOrdinal + strategy.partition ? current : update;
}

const remove = ({ name, uid }: OwnedPod, why: string): WorkloadAction => ({ action: 'deletePod', name, uid, why });

/** In order: the highest first, one at a time; one that is in trouble waits for lower ones that are. */
function condemnedActions(set: StatefulSetObject, { condemned, nowMs }: StatefulSetView): Step {
  const standing = condemned.filter(({ isDeleting }) => !isDeleting);
  const why = `${set.name} is scaled to ${set.spec.replicas}`;
  if (!isOrdered(set)) return { actions: standing.map((pod) => remove(pod, why)), isBlocked: false };
  const [highest] = condemned;
  if (highest === undefined) return { actions: [], isBlocked: false };
  const inTrouble = condemned.findLast((pod) => !isHealthy(set, pod, nowMs));
  const canGo = !highest.isDeleting && (isHealthy(set, highest, nowMs) || inTrouble === highest);
  return { actions: canGo ? [remove(highest, why)] : [], isBlocked: true };
}

const updated = 'its template changed';

/** The highest that is old goes when all above it are well; whether it is well itself does not matter. */
function updateNext(
  set: StatefulSetObject,
  { places, update, nowMs }: StatefulSetView,
  partition: number,
): readonly WorkloadAction[] {
  for (const { pod } of places.slice(partition).reverse()) {
    const isOld = pod !== undefined && !pod.isDeleting && revisionNameOf(pod) !== update.name;
    if (isOld) return [remove(pod, updated)];
    if (!isHealthy(set, pod, nowMs)) return [];
  }
  return [];
}

/** The highest first, as long as no more than that many are missing; what is old and in trouble is missing already. */
function updateSeveral(
  set: StatefulSetObject,
  { places, update, nowMs }: StatefulSetView,
  { partition, maxUnavailable }: { readonly partition: number; readonly maxUnavailable: number | string },
): readonly WorkloadAction[] {
  const most = Math.max(scaledNumber(maxUnavailable, set.spec.replicas, 'down'), 1);
  const missing = places.filter(({ pod }) => !isHealthy(set, pod, nowMs)).length;
  const old = places
    .slice(partition)
    .reverse()
    .flatMap(({ pod }) => (pod === undefined || pod.isDeleting || revisionNameOf(pod) === update.name ? [] : [pod]));
  const inTrouble = old.filter((pod) => !isHealthy(set, pod, nowMs));
  const others = old.filter((pod) => isHealthy(set, pod, nowMs)).slice(0, Math.max(most - missing, 0));
  return [...inTrouble, ...others].map((pod) => remove(pod, updated));
}

/** With whenScaled Delete the claims of a pod that is scaled away go as soon as it is gone: what uses them holds them until then. */
function freeClaims(set: StatefulSetObject, { condemned, claims }: StatefulSetView): readonly WorkloadAction[] {
  if (set.spec.claimRetention.whenScaled !== 'Delete') return [];
  const names = new Set(condemned.filter((pod) => pod.isDeleting).flatMap(({ name }) => claimNamesOf(set, name)));
  return claims
    .filter(({ name, isDeleting }) => names.has(name) && !isDeleting)
    .map(({ name, uid }) => ({
      ...{ action: 'deleteObject', kind: 'PersistentVolumeClaim', name, uid },
      why: `${set.name} is scaled to ${set.spec.replicas}`,
    }));
}
