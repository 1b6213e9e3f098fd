/** A Deployment's ReplicaSets as its controller sees them: which is the newest revision, and what its pods are like. Pure. */
import type { OwnedPod, WorkloadFamily } from '../model/workload.ts';
import { type DeploymentObject, type ReplicaSetObject, revisionAnnotation } from '../model/workload-spec.ts';
import { groupBy } from '../util/group-by.ts';
import { rollingBounds } from './int-or-percent.ts';
import { isActive, isAvailable } from './pod-availability.ts';
import { sameTemplate } from './template-hash.ts';

export interface SetView {
  readonly set: ReplicaSetObject;
  /** wanted */
  readonly replicas: number;
  /** pods that neither ended nor are being deleted */
  readonly current: number;
  readonly ready: number;
  readonly available: number;
  /** pods that have not ended, those included that are being deleted */
  readonly unfinished: number;
}

export interface DeploymentSets {
  /** that of the template as it is now */
  readonly newest: SetView | undefined;
  /** oldest first */
  readonly old: readonly SetView[];
  readonly all: readonly SetView[];
}

/** Numbers come from the pods themselves: what a ReplicaSet says of them may be a moment old. */
export function deploymentSets(
  { spec }: DeploymentObject,
  claimed: readonly ReplicaSetObject[],
  pods: WorkloadFamily['pods'],
  nowMs: number,
): DeploymentSets {
  const bySet = groupBy(pods, ({ owner }) => owner?.uid);
  const views = [...claimed]
    .sort((left, right) => left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1))
    .map((set) => viewOf(set, bySet.get(set.uid) ?? [], nowMs));
  const newest = views.find(({ set }) => sameTemplate(set.spec.template, spec.template));
  const old = views.filter((view) => view !== newest);
  return { newest, old, all: views };
}

function viewOf(set: ReplicaSetObject, pods: readonly OwnedPod[], nowMs: number): SetView {
  const active = pods.filter(isActive);
  return {
    set,
    replicas: set.spec.replicas,
    current: active.length,
    ready: active.filter(({ isReady }) => isReady).length,
    available: active.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, nowMs)).length,
    unfinished: pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed').length,
  };
}

/** Of those that a ReplicaSet is to keep: it deletes what is not available first. */
export const availableOf = ({ replicas, available }: SetView): number => Math.min(replicas, available);

export const sumOf = (views: readonly SetView[], count: (view: SetView) => number): number =>
  views.reduce((sum, view) => sum + count(view), 0);

export const wantedOf = (views: readonly SetView[]): number => sumOf(views, ({ replicas }) => replicas);

export const revisionOf = ({ set }: SetView): number => Number(set.annotations[revisionAnnotation] ?? 0) || 0;

/** Pods beyond, and short of, the wanted replicas that an update may have; none while no pod is wanted. */
export function boundsOf({ spec }: DeploymentObject): { readonly surge: number; readonly unavailable: number } {
  const { strategy, replicas } = spec;
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: 0 };
  return rollingBounds(strategy, replicas);
}
