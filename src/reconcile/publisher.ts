/** Tells watchers what changed. A pod that derives an equal status is not told of again and keeps its resourceVersion. */
import type { PodObject, WatchEvent } from '../protocol/api.ts';
import { sameJson } from '../util/same-json.ts';
import { type Pod, viewOfPod } from './pod.ts';
import { toPodObject } from './pod-object.ts';
import { derivePodStatus } from './pod-status.ts';
import type { Clock } from './reconciler-deps.ts';

export interface Publisher {
  /** `changed`: something besides the status changed (labels, spec, deletion) */
  readonly publish: (pod: Pod, changed?: boolean) => void;
  readonly publishGone: (pod: Pod) => void;
  readonly show: (pod: Pod) => PodObject;
  readonly subscribe: (listener: (event: WatchEvent<PodObject>) => void) => () => void;
}

/** `nextVersion` gives a new, higher resourceVersion. */
export function createPublisher(clock: Clock, nextVersion: () => string): Publisher {
  const listeners = new Set<(event: WatchEvent<PodObject>) => void>();
  const shown = new Set<string>();

  const emit = (type: WatchEvent<PodObject>['type'], pod: Pod): void => {
    pod.resourceVersion = nextVersion();
    if (listeners.size === 0) return;
    const object = show(pod);
    for (const listener of listeners) listener({ type, object });
  };
  const show = (pod: Pod): PodObject => toPodObject(pod, pod.status ?? derive(pod, clock));

  return {
    show,
    publish: (pod, changed = false) => {
      if (pod.held) return;
      const status = derive(pod, clock);
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

function derive(pod: Pod, clock: Clock) {
  return derivePodStatus(pod.spec, viewOfPod(pod), {
    uid: pod.uid,
    creationTimestamp: pod.creationTimestamp,
    nowMs: clock.monotonicMs(),
    now: clock.now().toISOString(),
    ...(pod.status === undefined ? {} : { previous: pod.status }),
  });
}
