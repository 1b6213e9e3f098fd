/** The pod's status as Kubernetes words it. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { ContainerStatus, PodCondition, PodPhase, PodStatus } from '../model/pod-status.ts';
import { deriveContainerStatus } from './container-status.ts';
import { podPhase } from './pod-phase.ts';
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
  return {
    phase,
    conditions: conditions(phase, containerStatuses).map((condition) => stamp(condition, context)),
    containerStatuses,
    startTime: context.creationTimestamp,
    qosClass: qosClass(spec),
  };
}

type Unstamped = Omit<PodCondition, 'lastTransitionTime'>;

function conditions(phase: PodPhase, statuses: readonly ContainerStatus[]): readonly Unstamped[] {
  const ready = readiness(phase, statuses);
  return [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ];
}

function readiness(phase: PodPhase, statuses: readonly ContainerStatus[]): Omit<Unstamped, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = statuses.filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function stamp(condition: Unstamped, context: StatusContext): PodCondition {
  const before = context.previous?.conditions.find(({ type }) => type === condition.type);
  const same = before !== undefined && before.status === condition.status;
  return { ...condition, lastTransitionTime: same ? before.lastTransitionTime : context.now };
}
