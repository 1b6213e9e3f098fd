/** How the newest ReplicaSet of a Deployment takes the place of the others (deployment/rolling.go, recreate.go). Pure. */
import type { WorkloadAction } from '../model/workload.ts';
import type { DeploymentObject } from '../model/workload-spec.ts';
import { resize } from './deployment-scaling.ts';
import { availableOf, boundsOf, type DeploymentSets, type SetView, sumOf, wantedOf } from './deployment-sets.ts';

/** The next step of the update: nothing while it has to wait for pods. */
export function planRollout(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  return deployment.spec.strategy.type === 'Recreate' ? recreate(deployment, sets) : roll(deployment, sets);
}

/** A new ReplicaSet may be made: with Recreate only when no pod of another is left. */
export function canBegin({ spec }: DeploymentObject, { old }: DeploymentSets): boolean {
  return spec.strategy.type === 'RollingUpdate' || old.every(({ replicas, unfinished }) => replicas + unfinished === 0);
}

/** How many pods the newest ReplicaSet may want now; `newest` absent: as its first size. */
export function newestSize(deployment: DeploymentObject, { newest, all }: DeploymentSets): number {
  const { replicas, strategy } = deployment.spec;
  const size = newest?.replicas ?? 0;
  if (strategy.type === 'Recreate' || size > replicas) return replicas;
  const room = replicas + boundsOf(deployment).surge - wantedOf(all);
  return size + Math.max(Math.min(room, replicas - size), 0);
}

function recreate(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  const ending = sets.old.filter(({ replicas }) => replicas > 0);
  if (ending.length > 0) return ending.flatMap((view) => resize(deployment, view, 0));
  const { newest } = sets;
  return newest === undefined || !canBegin(deployment, sets) ? [] : grow(deployment, sets, newest);
}

function roll(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  const { newest } = sets;
  const grown = newest === undefined ? [] : grow(deployment, sets, newest);
  return grown.length > 0 ? grown : shrinkOld(deployment, sets);
}

function grow(deployment: DeploymentObject, sets: DeploymentSets, newest: SetView): readonly WorkloadAction[] {
  const size = newestSize(deployment, sets);
  return size === newest.replicas ? [] : resize(deployment, newest, size);
}

/** First pods that are of no use, then as many as the new ones make up for. */
function shrinkOld(deployment: DeploymentObject, { newest, old, all }: DeploymentSets): readonly WorkloadAction[] {
  const minAvailable = deployment.spec.replicas - boundsOf(deployment).unavailable;
  const newestUnavailable = newest === undefined ? 0 : newest.replicas - availableOf(newest);
  const allowed = wantedOf(all) - minAvailable - newestUnavailable;
  if (wantedOf(old) === 0 || allowed <= 0) return [];
  const unhealthy = take(old, allowed, (view) => view.replicas - availableOf(view));
  const spare = Math.max(sumOf(all, availableOf) - minAvailable, 0);
  const healthy = take(old, spare, (view) => view.replicas - (unhealthy.get(view) ?? 0));
  return old.flatMap((view) => {
    const size = view.replicas - (unhealthy.get(view) ?? 0) - (healthy.get(view) ?? 0);
    return size === view.replicas ? [] : resize(deployment, view, size);
  });
}

/** At most `most` over all views, oldest first, of each what it has to give. */
function take(views: readonly SetView[], most: number, offer: (view: SetView) => number): ReadonlyMap<SetView, number> {
  let left = most;
  return new Map(
    views.map((view): [SetView, number] => {
      const taken = Math.min(offer(view), left);
      left -= taken;
      return [view, taken];
    }),
  );
}
