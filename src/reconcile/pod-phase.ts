/** The pod's phase from its containers' states, by the kubelet's rules (getPhase in kubelet_pods.go). Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ContainerState, ContainerStatus, PodPhase } from '../model/pod-status.ts';
import type { PodView } from './pod-view.ts';
import { shouldRestart, succeeded } from './restart-policy.ts';

/** Statuses of a pod's containers by what they are in it. */
export interface StatusesByRole {
  readonly inits: readonly ContainerStatus[];
  readonly sidecars: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
}

/**
 * Succeeded and Failed only when no container runs and none is started again (or the pod is being deleted); sidecars do not count for
 * which of them. What a user stopped can start again: a pod of which nothing runs and nothing will by itself is Pending, Kubernetes' word
 * for "not running yet".
 */
export function podPhase(spec: PodSpec, statuses: StatusesByRole, view: PodView): PodPhase {
  const { mains, sidecars } = statuses;
  if (view.life.failure !== undefined || hasFailedInit(spec, statuses, view)) return 'Failed';
  if (isInitialising(statuses, view)) return 'Pending';
  if (mains.some((status) => isFirstWait(status) && !isStoppedContainer(status, view))) return 'Pending';
  if ([...mains, ...sidecars].some(({ state }) => 'running' in state)) return 'Running';
  if (view.phase !== 'terminating' && isStopped(spec, mains, view)) return 'Pending';
  if (view.phase !== 'terminating' && !mains.every((status) => isFinal(status, spec, view))) return 'Running';
  return mains.every((status) => endedWell(status)) ? 'Succeeded' : 'Failed';
}

/** An init container has failed, and its policy does not start it again. */
function hasFailedInit(spec: PodSpec, { inits }: StatusesByRole, view: PodView): boolean {
  return !view.life.initialised && inits.some((status) => isFinal(status, spec, view) && !endedWell(status));
}

/** Init containers are still to run, or sidecars to start for the first time. */
function isInitialising({ inits, sidecars, mains }: StatusesByRole, { life }: PodView): boolean {
  if (inits.length + sidecars.length === 0 || life.initialised) return false;
  return !mains.every(({ state }) => 'terminated' in state);
}

/** A user stopped a container, and none of the others runs or will run. */
export function isStopped(spec: PodSpec, statuses: readonly ContainerStatus[], view: PodView): boolean {
  const stopped = statuses.filter((status) => isStoppedContainer(status, view));
  return stopped.length > 0 && statuses.every((status) => stopped.includes(status) || isFinal(status, spec, view));
}

/** A user stopped it, and it has ended. */
export function isStoppedContainer({ name, state }: ContainerStatus, view: PodView): boolean {
  return view.containers.get(name)?.run.stopped === true && !('running' in state);
}

/** Waiting, and never ran before. */
function isFirstWait(status: ContainerStatus): boolean {
  return 'waiting' in status.state && status.lastState === undefined;
}

/** The run's own record knows more of the exit than the status does: that it was ended for a failed probe. */
function isFinal({ name, state }: ContainerStatus, spec: PodSpec, view: PodView): boolean {
  const container: Pick<ContainerSpec, 'restartPolicy' | 'restartRules'> = spec.containers.find(
    (candidate) => candidate.name === name,
  ) ?? { restartPolicy: 'Never' };
  if (!('terminated' in state)) return false;
  return !shouldRestart(container, view.containers.get(name)?.run.lastExit ?? state.terminated);
}

function endedWell({ state, lastState }: ContainerStatus): boolean {
  const exit = exitOf(state) ?? exitOf(lastState);
  return exit !== undefined && succeeded(exit);
}

function exitOf(state: ContainerState | undefined) {
  return state !== undefined && 'terminated' in state ? state.terminated : undefined;
}
