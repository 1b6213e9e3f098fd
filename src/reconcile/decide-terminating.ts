/** The end of a pod, deleted or over. Pure. */
import { podInitName } from '../model/action.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { podDeleted } from './end-reason.ts';
import { pidOwner } from './order.ts';
import { type InstanceView, isLive, type PodView } from './pod-view.ts';
import { killOrWait, nothing, type Step, stepOf, sumSteps, waitStep } from './step.ts';

/** A container that has to wait for others' ends gets at least this of the grace, however long those took (the kubelet's minimum). */
const leastGraceMs = 2_000;

/** How all containers of a pod end together. */
export interface Ending {
  /** for all of them */
  readonly graceMs: number;
  readonly deadlineMs: number;
  readonly why: string;
  /** in a pod that stays: they are not to run again */
  readonly final?: true;
}

/** Stops everything, then forgets the pod. A later, shorter grace (second delete) is handed on. */
export function decideTerminating(spec: PodSpec, view: PodView, nowMs: number): Step {
  if (view.leaving === true) return nothing;
  const deletion = view.deletion ?? { graceMs: 0, deadlineMs: nowMs };
  const step = endAll(spec, view, { ...deletion, why: podDeleted }, nowMs);
  if (step !== undefined) return step;
  return view.sandboxHeld ? stepOf({ action: 'dropSandbox' }) : stepOf({ action: 'forgetPod' });
}

/**
 * Stops all that lives and removes what has ended; undefined when nothing is left. Those inside another's pid namespace go first (they
 * die with its PID 1, unasked), and sidecars last, in reverse order, each when those after it are gone or the grace is over.
 */
export function endAll(spec: PodSpec, view: PodView, ending: Ending, nowMs: number): Step | undefined {
  const instances = [...view.containers].flatMap(([name, { instance }]) =>
    instance === undefined ? [] : [{ name, instance }],
  );
  if (instances.length === 0) return undefined;
  return sumSteps(instances.map(({ name, instance }) => end({ name, instance, spec, view }, ending, nowMs)));
}

interface Ended {
  readonly name: string;
  readonly instance: InstanceView;
  readonly spec: PodSpec;
  readonly view: PodView;
}

function end({ name, instance, spec, view }: Ended, ending: Ending, nowMs: number): Step {
  if (!isLive(instance)) return stepOf({ action: 'removeContainer', container: name, id: instance.id });
  if (instance.stop !== undefined && instance.stop.graceMs <= ending.graceMs) {
    return killOrWait(name, instance.id, instance.stop.deadlineMs, nowMs);
  }
  if (instance.stop === undefined && hasLiveInside(name, view)) return nothing;
  if (instance.stop === undefined && ending.deadlineMs > nowMs && hasLiveAfter(name, spec, view)) {
    return waitStep(ending.deadlineMs, `end of those that ${name} serves`);
  }
  const graceMs = waitsForOthers(name, spec, view) ? remainingGrace(ending, nowMs) : ending.graceMs;
  const { why, final } = ending;
  // The PID 1 of a shared namespace has no policy of its own.
  const isFinal = final === undefined || name === podInitName ? {} : { final };
  return stepOf({ action: 'stopContainer', container: name, id: instance.id, graceMs, why, ...isFinal });
}

function remainingGrace({ graceMs, deadlineMs }: Ending, nowMs: number): number {
  return Math.min(graceMs, Math.max(deadlineMs - nowMs, leastGraceMs));
}

/** `_pod` always does: it is stopped when its users are already gone. */
function waitsForOthers(name: string, spec: PodSpec, view: PodView): boolean {
  if (name === podInitName || isSidecar(name, spec)) return true;
  return [...view.containers.values()].some(({ instance }) => livesIn(instance, name));
}

const isSidecar = (name: string, { containers }: PodSpec): boolean =>
  containers.some((container) => container.name === name && container.role === 'sidecar');

/** Of a sidecar: another container lives that ends before it, by the pod's own order. */
export function hasLiveAfter(name: string, spec: PodSpec, view: PodView): boolean {
  if (!isSidecar(name, spec)) return false;
  const rank = (other: string): number => {
    const index = spec.containers.findIndex((container) => container.name === other);
    return spec.containers[index]?.role === 'sidecar' ? index : spec.containers.length;
  };
  return [...view.containers].some(
    ([other, { instance }]) => other !== podInitName && isLive(instance) && rank(other) > rank(name),
  );
}

function hasLiveInside(name: string, view: PodView): boolean {
  return [...view.containers.values()].some(({ instance }) => isLive(instance) && livesIn(instance, name));
}

function livesIn(instance: InstanceView | undefined, owner: string): boolean {
  return instance?.spec !== undefined && pidOwner(instance.spec) === owner;
}
