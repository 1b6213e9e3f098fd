/** The pod's phase from its containers' states, by the kubelet's rules (getPhase in kubelet_pods.go). Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { ContainerState, ContainerStatus, PodPhase } from '../model/pod-status.ts';
import type { PodView } from './pod-view.ts';
import { shouldRestart, succeeded } from './restart-policy.ts';

/**
 * Succeeded and Failed only when no container runs and none is started again (or the pod is being deleted). What a user stopped can
 * start again: a pod of which nothing runs and nothing will by itself is Pending, Kubernetes' word for "not running yet".
 */
export function podPhase(spec: PodSpec, statuses: readonly ContainerStatus[], view: PodView): PodPhase {
  const states = statuses.map((status) => status.state);
  if (statuses.some((status) => isFirstWait(status) && !isStoppedContainer(status, view))) return 'Pending';
  if (states.some((state) => 'running' in state)) return 'Running';
  if (view.phase !== 'terminating' && isStopped(spec, statuses, view)) return 'Pending';
  if (view.phase !== 'terminating' && !statuses.every((status) => isFinal(status, spec))) return 'Running';
  return statuses.every((status) => endedWell(status)) ? 'Succeeded' : 'Failed';
}

/** A user stopped a container, and none of the others runs or will run. */
export function isStopped(spec: PodSpec, statuses: readonly ContainerStatus[], view: PodView): boolean {
  const stopped = statuses.filter((status) => isStoppedContainer(status, view));
  return stopped.length > 0 && statuses.every((status) => stopped.includes(status) || isFinal(status, spec));
}

/** A user stopped it, and it has ended. */
export function isStoppedContainer({ name, state }: ContainerStatus, view: PodView): boolean {
  return view.containers.get(name)?.run.stopped === true && !('running' in state);
}

/** Waiting, and never ran before. */
function isFirstWait(status: ContainerStatus): boolean {
  return 'waiting' in status.state && status.lastState === undefined;
}

function isFinal({ name, state }: ContainerStatus, spec: PodSpec): boolean {
  const policy = spec.containers.find((container) => container.name === name)?.restartPolicy ?? 'Never';
  return 'terminated' in state && !shouldRestart(policy, state.terminated);
}

function endedWell({ state, lastState }: ContainerStatus): boolean {
  const exit = exitOf(state) ?? exitOf(lastState);
  return exit !== undefined && succeeded(exit);
}

function exitOf(state: ContainerState | undefined) {
  return state !== undefined && 'terminated' in state ? state.terminated : undefined;
}
