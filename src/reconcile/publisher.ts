/** Tells watchers what changed. A pod that derives an equal status is not told of again and keeps its resourceVersion. */
import type { PodObject, WatchEvent } from '../protocol/objects.ts';
import { sameJson } from '../util/same-json.ts';
import { type Pod, viewOfPod } from './pod.ts';
import { toPodObject } from './pod-object.ts';
import { derivePodStatus } from './pod-status.ts';
import type { Clock, ReconcilerDeps } from './reconciler-deps.ts';

export interface Publisher {
  /** `changed`: something besides the status changed (labels, spec, deletion) */
  readonly publish: (pod: Pod, changed?: boolean) => void;
  readonly publishGone: (pod: Pod) => void;
  readonly show: (pod: Pod) => PodObject;
  readonly subscribe: (listener: (event: WatchEvent<PodObject>) => void) => () => void;
}

/** `nextVersion` gives a new, higher resourceVersion. */
export function createPublisher(
  { clock, network }: Pick<ReconcilerDeps, 'clock' | 'network'>,
  nextVersion: () => string,
): Publisher {
  const { hostAddresses } = network.settings;
  const derive = (pod: Pod) => deriveStatus(pod, clock, hostAddresses);
  const listeners = new Set<(event: WatchEvent<PodObject>) => void>();
  const shown = new Set<string>();

  const emit = (type: WatchEvent<PodObject>['type'], pod: Pod): void => {
    pod.resourceVersion = nextVersion();
    if (listeners.size === 0) return;
    const object = show(pod);
    for (const listener of listeners) listener({ type, object });
  };
  const show = (pod: Pod): PodObject => toPodObject(pod, pod.status ?? derive(pod));

  return {
    show,
    publish: (pod, changed = false) => {
      if (pod.held) return;
      const status = derive(pod);
      const isNew = !shown.has(pod.uid);
      if (!isNew && !changed && sameJson(pod.status, status)) return;
      pod.status = status;
      shown.add(pod.uid);
      emit(isNew ? 'ADDED' : 'MODIFIED', pod);
    },
    publishGone: (pod) => {
      shown.delete(pod.uid);
      // Also of a pod taken over while it was ending, which was listed but never told of.
      if (!pod.held) emit('DELETED', pod);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function deriveStatus(pod: Pod, clock: Clock, hostAddresses: readonly string[]) {
  return derivePodStatus(pod.spec, viewOfPod(pod), {
    uid: pod.uid,
    creationTimestamp: pod.creationTimestamp,
    nowMs: clock.monotonicMs(),
    now: clock.now().toISOString(),
    hostAddresses,
    ...(pod.observedGeneration === undefined ? {} : { observedGeneration: pod.observedGeneration }),
    conditions: pod.conditions,
    ...(pod.status === undefined ? {} : { previous: pod.status }),
  });
}
