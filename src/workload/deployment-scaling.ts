/** Sizes of a Deployment's ReplicaSets, with the annotations that tell a scaling from a rollout (deployment/sync.go, util). Pure. */
import type { WorkloadAction } from '../model/workload.ts';
import type { DeploymentObject } from '../model/workload-spec.ts';
import { availableOf, boundsOf, type DeploymentSets, revisionOf, type SetView, wantedOf } from './deployment-sets.ts';

const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** What a ReplicaSet is told of its Deployment's size. */
export function sizeAnnotations(deployment: DeploymentObject): Readonly<Record<string, string>> {
  const { replicas } = deployment.spec;
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + boundsOf(deployment).surge) };
}

/** The Deployment's size changed since a ReplicaSet that has pods was told of it. */
export function isScaling({ spec }: DeploymentObject, { all }: DeploymentSets): boolean {
  return all.some(({ set, replicas }) => {
    const told = set.annotations[desiredAnnotation];
    return replicas > 0 && told !== undefined && told !== String(spec.replicas);
  });
}

/** Another size of one ReplicaSet, said in an event; the same size only corrects what it was told. */
export function resize(
  deployment: DeploymentObject,
  { set, replicas }: SetView,
  wanted: number,
): readonly WorkloadAction[] {
  const annotations = sizeAnnotations(deployment);
  const isTold = Object.entries(annotations).every(([key, value]) => set.annotations[key] === value);
  if (wanted === replicas && isTold) return [];
  const update: WorkloadAction = {
    ...{ action: 'updateObject', kind: set.kind, name: set.name, uid: set.uid, annotations },
    ...(wanted === replicas ? {} : { spec: { replicas: wanted } }),
  };
  return wanted === replicas ? [update] : [update, scalingEvent(set.name, replicas, wanted)];
}

function scalingEvent(name: string, from: number, to: number): WorkloadAction {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} to ${to} from ${from}`;
  return { action: 'event', type: 'Normal', reason: 'ScalingReplicaSet', message };
}

/** While paused, or scaled: the one revision with pods takes it all; in the middle of an update each takes its share. */
export function planScaling(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  const { replicas, strategy } = deployment.spec;
  const single = activeOrLatest(sets);
  if (single !== undefined) return resize(deployment, single, replicas);
  if (isSaturated(deployment, sets.newest)) return sets.old.flatMap((view) => emptied(deployment, view));
  return strategy.type === 'RollingUpdate' ? shareOut(deployment, sets) : [];
}

const emptied = (deployment: DeploymentObject, view: SetView): readonly WorkloadAction[] =>
  view.replicas === 0 ? [] : resize(deployment, view, 0);

function activeOrLatest({ newest, old, all }: DeploymentSets): SetView | undefined {
  const active = all.filter(({ replicas }) => replicas > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? newest ?? [...old].sort((left, right) => revisionOf(right) - revisionOf(left))[0];
}

function isSaturated({ spec }: DeploymentObject, newest: SetView | undefined): boolean {
  if (newest === undefined) return false;
  const told = newest.set.annotations[desiredAnnotation];
  const { replicas } = spec;
  return newest.replicas === replicas && told === String(replicas) && availableOf(newest) === replicas;
}

/** Proportional scaling: the largest takes what rounding leaves over. */
function shareOut(deployment: DeploymentObject, { all }: DeploymentSets): readonly WorkloadAction[] {
  const { replicas } = deployment.spec;
  const active = all.filter((view) => view.replicas > 0);
  const allowed = replicas > 0 ? replicas + boundsOf(deployment).surge : 0;
  const toAdd = allowed - wantedOf(active);
  const sorted = [...active].sort(
    (left, right) => right.replicas - left.replicas || (toAdd > 0 ? newerFirst(left, right) : newerFirst(right, left)),
  );
  let added = 0;
  const shares = sorted.map((view) => {
    const share = shareOf(deployment, view, toAdd, added);
    added += share;
    return share;
  });
  const leftOver = toAdd - added;
  return sorted.flatMap((view, index) => {
    const size = view.replicas + (shares[index] ?? 0) + (index === 0 ? leftOver : 0);
    return resize(deployment, view, Math.max(size, 0));
  });
}

const newerFirst = (left: SetView, right: SetView): number => right.set.createdMs - left.set.createdMs;

function shareOf(deployment: DeploymentObject, view: SetView, toAdd: number, added: number): number {
  const rest = toAdd - added;
  if (rest === 0) return 0;
  const fraction = fractionOf(deployment, view);
  return toAdd > 0 ? Math.min(fraction, rest) : Math.max(fraction, rest);
}

function fractionOf(deployment: DeploymentObject, { set, replicas }: SetView): number {
  const { spec, status } = deployment;
  if (spec.replicas === 0) return -replicas;
  const before = Number(set.annotations[maxAnnotation] ?? 0) || (status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((replicas * (spec.replicas + boundsOf(deployment).surge)) / before) - replicas;
}
