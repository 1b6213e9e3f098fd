/** The pod's status as Kubernetes words it. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { ContainerStatus, PodCondition, PodPhase, PodStatus } from '../model/pod-status.ts';
import { describeUnready, unreadyPrograms } from './container-readiness.ts';
import { deriveContainerStatus } from './container-status.ts';
import { podAddresses } from './pod-addresses.ts';
import { isStopped, isStoppedContainer, podPhase } from './pod-phase.ts';
import type { PodView } from './pod-view.ts';
import { qosClass } from './qos-class.ts';

export interface StatusContext {
  readonly uid: string;
  /** RFC 3339 */
  readonly creationTimestamp: string;
  /** monotonic */
  readonly nowMs: number;
  /** RFC 3339: the transition time of conditions that change now */
  readonly now: string;
  /** of this machine; empty: none */
  readonly hostAddresses: readonly string[];
  /** up to which nothing is left to do at once; undefined: not known */
  readonly observedGeneration?: number;
  /** conditions that stay as they were keep their transition time */
  readonly previous?: PodStatus;
}

/** Everything but the times of changed conditions follows from spec and view alone, so an unchanged pod derives an equal status. */
export function derivePodStatus(spec: PodSpec, view: PodView, context: StatusContext): PodStatus {
  const pod = `${spec.name}_${spec.namespace}(${context.uid})`;
  const containerStatuses = spec.containers.map((container) =>
    deriveContainerStatus(container, view, context.nowMs, pod),
  );
  const phase = podPhase(spec, containerStatuses, view);
  const ready = readiness(phase, spec, containerStatuses, view);
  const isPodStopped = view.phase !== 'terminating' && isStopped(spec, containerStatuses, view);
  return {
    phase,
    ...(isPodStopped ? { reason: 'Stopped', message: 'stopped by request' } : {}),
    ...(view.phase !== 'terminating' && isPaused(containerStatuses)
      ? { reason: 'Paused', message: 'paused by request' }
      : {}),
    conditions: conditions(phase, ready).map((condition) => stamp(condition, context)),
    containerStatuses,
    startTime: context.creationTimestamp,
    ...(context.observedGeneration === undefined ? {} : { observedGeneration: context.observedGeneration }),
    qosClass: qosClass(spec),
    ...addressStatus(spec, view, context.hostAddresses),
  };
}

function addressStatus(
  spec: PodSpec,
  { addresses }: PodView,
  hostAddresses: readonly string[],
): Pick<PodStatus, 'hostIP' | 'hostIPs' | 'podIP' | 'podIPs'> {
  const podIPs = podAddresses(spec, addresses, hostAddresses);
  const [hostIP] = hostAddresses;
  const [podIP] = podIPs;
  return {
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: hostAddresses.map((ip) => ({ ip })) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: podIPs.map((ip) => ({ ip })) }),
  };
}

/** Containers run, and all that do are paused. */
function isPaused(statuses: readonly ContainerStatus[]): boolean {
  const running = statuses.filter(({ state }) => 'running' in state);
  return running.length > 0 && running.every(({ paused }) => paused === true);
}

type Unstamped = Omit<PodCondition, 'lastTransitionTime'>;

function conditions(phase: PodPhase, ready: Omit<Unstamped, 'type'>): readonly Unstamped[] {
  return [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ];
}

function readiness(
  phase: PodPhase,
  spec: PodSpec,
  statuses: readonly ContainerStatus[],
  view: PodView,
): Omit<Unstamped, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = statuses.filter((status) => !status.ready);
  if (unready.length === 0) return { status: 'True' };
  const names = unready.map(({ name }) => name).join(' ');
  if (unready.every((status) => isStoppedContainer(status, view)))
    return { status: 'False', reason: 'Stopped', message: `containers stopped by request: [${names}]` };
  if (unready.every(({ paused }) => paused === true))
    return { status: 'False', reason: 'Paused', message: `containers paused by request: [${names}]` };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: [`containers with unready status: [${names}]`, ...describePrograms(spec, unready)].join('; '),
  };
}

/** Which programs keep each container from being ready, and why. */
function describePrograms(spec: PodSpec, unready: readonly ContainerStatus[]): readonly string[] {
  return unready.flatMap(({ name, programs = [] }) => {
    const container = spec.containers.find((candidate) => candidate.name === name);
    const states = container === undefined ? [] : unreadyPrograms(container, programs);
    return states.length === 0 ? [] : [`${name}: ${describeUnready(states)}`];
  });
}

function stamp(condition: Unstamped, context: StatusContext): PodCondition {
  const before = context.previous?.conditions.find(({ type }) => type === condition.type);
  const same = before !== undefined && before.status === condition.status;
  return { ...condition, lastTransitionTime: same ? before.lastTransitionTime : context.now };
}
