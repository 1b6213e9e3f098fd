/** The pod's phase from its containers' states, by the kubelet's rules (getPhase in kubelet_pods.go). Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { ContainerState, ContainerStatus, PodPhase } from '../model/pod-status.ts';
import type { PodView } from './pod-view.ts';
import { shouldRestart, succeeded } from './restart-policy.ts';

/** Succeeded and Failed only when no container runs and none is started again (or the pod is being deleted). */
export function podPhase(spec: PodSpec, statuses: readonly ContainerStatus[], view: PodView): PodPhase {
  const states = statuses.map((status) => status.state);
  if (statuses.some(isFirstWait)) return 'Pending';
  if (states.some((state) => 'running' in state)) return 'Running';
  if (view.phase !== 'terminating' && !statuses.every((status) => isFinal(status, spec))) return 'Running';
  return statuses.every((status) => endedWell(status)) ? 'Succeeded' : 'Failed';
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
