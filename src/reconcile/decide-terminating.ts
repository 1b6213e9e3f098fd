/** The end of a pod that is being deleted. Pure. */
import { podInitName } from '../model/action.ts';
import { pidOwner } from './order.ts';
import { type InstanceView, isLive, type PodView } from './pod-view.ts';
import { killOrWait, nothing, type Step, stepOf, sumSteps } from './step.ts';

/** An owner of a shared pid namespace gets at least this of the grace, however long those inside it took. */
const ownerGraceMs = 2_000;

/**
 * Stops everything, those inside another's pid namespace first (they die with its PID 1, unasked); then forgets the pod.
 * A later, shorter grace (second delete) is handed on.
 */
export function decideTerminating(view: PodView, nowMs: number): Step {
  const instances = [...view.containers].flatMap(([name, { instance }]) =>
    instance === undefined ? [] : [{ name, instance }],
  );
  if (instances.length > 0) return sumSteps(instances.map(({ name, instance }) => end(name, instance, view, nowMs)));
  return view.sandboxHeld ? stepOf({ action: 'dropSandbox' }) : stepOf({ action: 'forgetPod' });
}

function end(name: string, instance: InstanceView, view: PodView, nowMs: number): Step {
  if (!isLive(instance)) return stepOf({ action: 'removeContainer', container: name, id: instance.id });
  const deletion = view.deletion ?? { graceMs: 0, deadlineMs: nowMs };
  if (instance.stop !== undefined && instance.stop.graceMs <= deletion.graceMs) {
    return killOrWait(name, instance.id, instance.stop.deadlineMs, nowMs);
  }
  if (instance.stop === undefined && hasLiveInside(name, view)) return nothing;
  const graceMs = isPidOwner(name, view) ? ownerGrace(deletion, nowMs) : deletion.graceMs;
  return stepOf({ action: 'stopContainer', container: name, id: instance.id, graceMs, why: 'the pod is deleted' });
}

function ownerGrace(deletion: NonNullable<PodView['deletion']>, nowMs: number): number {
  return Math.min(deletion.graceMs, Math.max(deletion.deadlineMs - nowMs, ownerGraceMs));
}

/** `_pod` always counts: it is stopped when its users are already gone. */
function isPidOwner(name: string, view: PodView): boolean {
  return name === podInitName || [...view.containers.values()].some(({ instance }) => livesIn(instance, name));
}

function hasLiveInside(name: string, view: PodView): boolean {
  return [...view.containers.values()].some(({ instance }) => isLive(instance) && livesIn(instance, name));
}

function livesIn(instance: InstanceView | undefined, owner: string): boolean {
  return instance?.spec !== undefined && pidOwner(instance.spec) === owner;
}
