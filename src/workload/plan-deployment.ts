/**
 * Deployment: one ReplicaSet per revision of its template, the newest of which takes the place of the others (pkg/controller/deployment).
 * One step at a time: what it does changes what it sees next. Pure.
 */
import type { WorkloadAction, WorkloadFamily, WorkloadObject, WorkloadPlan } from '../model/workload.ts';
import type { DeploymentObject, DeploymentStatus, ReplicaSetObject } from '../model/workload-spec.ts';
import { createNewest, forgetOldest, newSetName, numberNewest } from './deployment-revision.ts';
import { canBegin, planRollout } from './deployment-rollout.ts';
import { isScaling, planScaling } from './deployment-scaling.ts';
import { type DeploymentSets, deploymentSets } from './deployment-sets.ts';
import { countStatus, isComplete, progressDeadlineMs, rolloutStatus, withNewSet } from './deployment-status.ts';
import { claimObjects } from './ownership.ts';

/** `family.objects` are ReplicaSets, `family.pods` those of its ReplicaSets. */
export function planDeployment(
  deployment: DeploymentObject,
  family: WorkloadFamily,
  nowMs: number,
): WorkloadPlan<DeploymentStatus> {
  const { claimed, actions } = claimObjects(deployment, family.objects.map(asReplicaSet));
  const sets = deploymentSets(deployment, claimed, family.pods, nowMs);
  if (deployment.isDeleting) return { actions: [], status: countStatus(deployment, sets, nowMs) };
  const bookkeeping = [...actions, ...numberNewest(deployment, sets)];
  if (bookkeeping.length > 0) return { actions: bookkeeping, status: deployment.status };
  if (deployment.spec.paused || isScaling(deployment, sets)) return scale(deployment, sets, nowMs);
  const status = rolloutStatus(deployment, sets, { refusal: family.refusal, nowMs });
  if (sets.newest === undefined && canBegin(deployment, sets)) {
    return begin(deployment, { ...family, sets, status }, nowMs);
  }
  const steps = planRollout(deployment, sets);
  const forgotten = steps.length === 0 && isComplete(deployment, status) ? forgetOldest(deployment, sets) : [];
  return waiting(deployment, [...steps, ...forgotten], status);
}

/** What the loop gives has its spec's defaults filled in by its kind. */
const asReplicaSet = (object: WorkloadObject): ReplicaSetObject => object as WorkloadObject<never> as ReplicaSetObject;

function scale(deployment: DeploymentObject, sets: DeploymentSets, nowMs: number): WorkloadPlan<DeploymentStatus> {
  const actions = planScaling(deployment, sets);
  const forgotten = deployment.spec.paused && actions.length === 0 ? forgetOldest(deployment, sets) : [];
  return { actions: [...actions, ...forgotten], status: countStatus(deployment, sets, nowMs) };
}

interface Beginning {
  readonly objects: WorkloadFamily['objects'];
  readonly sets: DeploymentSets;
  readonly status: DeploymentStatus;
}

/** The name of the new ReplicaSet comes of its template: where it is another's, the next one is tried. */
function begin(
  deployment: DeploymentObject,
  { objects, sets, status }: Beginning,
  nowMs: number,
): WorkloadPlan<DeploymentStatus> {
  const taken = new Set(objects.map(({ name }) => name));
  let collisionCount = deployment.status.collisionCount ?? 0;
  const named = (): DeploymentObject =>
    collisionCount === 0 ? deployment : { ...deployment, status: { ...deployment.status, collisionCount } };
  while (taken.has(newSetName(named()))) collisionCount += 1;
  const counted = collisionCount === 0 ? status : { ...status, collisionCount };
  return {
    actions: createNewest(named(), sets),
    status: withNewSet(deployment, counted, newSetName(named()), nowMs),
  };
}

function waiting(
  deployment: DeploymentObject,
  actions: readonly WorkloadAction[],
  status: DeploymentStatus,
): WorkloadPlan<DeploymentStatus> {
  const wakeAtMs = isComplete(deployment, status) ? undefined : progressDeadlineMs(deployment, status);
  return { actions, status, ...(wakeAtMs === undefined ? {} : { wakeAtMs }) };
}
