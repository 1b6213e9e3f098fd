/** The pod's status as Kubernetes words it. Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ContainerStatus, PodCondition, PodStatus } from '../model/pod-status.ts';
import { deriveContainerStatus } from './container-status.ts';
import { limitMessages } from './limit-messages.ts';
import { unscheduledFor } from './missing-claims.ts';
import { missingVolumes, waitsForVolumes } from './missing-volumes.ts';
import { podAddresses } from './pod-addresses.ts';
import { podConditions, type UndatedCondition } from './pod-conditions.ts';
import { isOver } from './pod-life.ts';
import { isStopped, podPhase, type StatusesByRole } from './pod-phase.ts';
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
  /** set from outside */
  readonly conditions: readonly PodCondition[];
  /** conditions that stay as they were keep their transition time */
  readonly previous?: PodStatus;
}

/** Everything but the times of changed conditions follows from spec, view and context alone, so an unchanged pod derives an equal status. */
export function derivePodStatus(spec: PodSpec, view: PodView, context: StatusContext): PodStatus {
  const statuses = statusesOf(spec, view, context);
  const { sidecars, mains } = statuses;
  const phase = podPhase(spec, statuses, view);
  const observed = context.observedGeneration === undefined ? {} : { observedGeneration: context.observedGeneration };
  const conditions = podConditions({ spec, phase, statuses, view, given: context.conditions });
  return {
    phase,
    ...podReason(spec, [...sidecars, ...mains], view),
    conditions: [
      ...conditions.map((condition) => ({ ...stamp(condition, context), ...observed })),
      ...context.conditions,
    ],
    ...(unscheduledFor(spec, view) === undefined
      ? nodeStatus(spec, view, statuses, context)
      : { containerStatuses: [] }),
    ...observed,
    qosClass: qosClass(spec),
  };
}

/** What the kubelet tells, once the pod is its. */
function nodeStatus(
  spec: PodSpec,
  view: PodView,
  { inits, sidecars, mains }: StatusesByRole,
  { creationTimestamp, hostAddresses }: StatusContext,
) {
  const staged = spec.containers.filter(({ role }) => role !== undefined);
  return {
    ...(staged.length === 0 ? {} : { initContainerStatuses: inOrder(staged, [...inits, ...sidecars]) }),
    containerStatuses: mains,
    startTime: creationTimestamp,
    ...addressStatus(spec, view, hostAddresses),
  };
}

const inOrder = (containers: readonly ContainerSpec[], statuses: readonly ContainerStatus[]) =>
  containers.flatMap(({ name }) => statuses.filter((status) => status.name === name));

function statusesOf(spec: PodSpec, view: PodView, { uid, nowMs }: StatusContext): StatusesByRole {
  const around = {
    nowMs,
    pod: `${spec.name}_${spec.namespace}(${uid})`,
    isOver: isOver(spec, view),
    waits: spec.containers[0]?.role === undefined ? 'ContainerCreating' : 'PodInitializing',
    missingVolumes: waitsForVolumes(spec, view) ? missingVolumes(spec) : [],
  } as const;
  const ofRole = (role: ContainerSpec['role']) =>
    spec.containers
      .filter((container) => container.role === role)
      .map((container) => limitMessages(deriveContainerStatus(container, view, around), spec.containers.length));
  return { inits: ofRole('init'), sidecars: ofRole('sidecar'), mains: ofRole(undefined) };
}

/** Why the pod as a whole is as it is, where its containers do not say so. */
function podReason(
  spec: PodSpec,
  statuses: readonly ContainerStatus[],
  view: PodView,
): Pick<PodStatus, 'reason' | 'message'> {
  if (view.life.failure !== undefined) return view.life.failure;
  if (view.phase === 'terminating') return {};
  if (isPaused(statuses)) return { reason: 'Paused', message: 'paused by request' };
  return isStopped(spec, statuses, view) ? { reason: 'Stopped', message: 'stopped by request' } : {};
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

function stamp(condition: UndatedCondition, context: StatusContext): PodCondition {
  const before = context.previous?.conditions.find(({ type }) => type === condition.type);
  const same = before !== undefined && before.status === condition.status;
  return { ...condition, lastTransitionTime: same ? before.lastTransitionTime : context.now };
}
