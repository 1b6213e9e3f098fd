/** What the executors and the adoption share: the world, the store and what to tell whom. */
import type PQueue from 'p-queue';
import type { Action } from '../model/action.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { EventLog } from '../store/event-log.ts';
import type { PodStore } from '../store/pod-store.ts';
import type { InstanceHooks } from './instance.ts';
import type { FindData } from './materials-of.ts';
import type { Pod } from './pod.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import type { UsageAlarms } from './usage-alarms.ts';

export interface Engine {
  readonly deps: ReconcilerDeps;
  readonly store: PodStore;
  readonly events: EventLog;
  readonly bootId: string;
  /** all that have a record */
  readonly pods: () => readonly Pod[];
  /** bytes that the instance's own cgroup protects, by file (protect-pods.ts) */
  readonly protection: Map<'memory.low' | 'memory.min', number>;
  /** bounds launches over all pods; never orders those of one pod */
  readonly launches: PQueue;
  /** raw wait statuses of the zygote's children whose launch is not yet known to have succeeded, by pid */
  readonly earlyStatuses: Map<number, number>;
  /** what was done since podd began, by kind of action */
  readonly actionCounts: Map<Action['action'], { performed: number; refused: number }>;
  readonly alarms: UsageAlarms;
  readonly hooksFor: (pod: Pod, container: string) => InstanceHooks;
  /** the object of that kind and name as it is now */
  readonly findData: FindData;
  /** of a namespace */
  readonly services: (namespace: string) => readonly ServiceManifest[];
  /** writes the pod's record soon */
  readonly save: (pod: Pod) => void;
  /** the pod is gone for good */
  readonly onForgotten: (pod: Pod) => void;
}

/** An event on the pod, or on one of its containers. */
export function noteEvent(
  engine: Engine,
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
): void {
  const { name, namespace, containers } = pod.spec;
  const role = containers.find((one) => one.name === container)?.role;
  const place = container === undefined ? {} : { container, ...(role && { list: 'initContainers' as const }) };
  const subject = { namespace, name, uid: pod.uid, ...place };
  engine.events.record(type, reason, message, subject);
}

/** Counts an action for /metrics. */
export function countAction({ actionCounts }: Engine, { action }: Action, outcome: 'performed' | 'refused'): void {
  const counts = actionCounts.get(action) ?? { performed: 0, refused: 0 };
  counts[outcome] += 1;
  actionCounts.set(action, counts);
}
