/**
 * What happened, in memory: a ring of the newest 1000, equal ones counted together. It is not kept on disk: a restart of podd
 * begins a new log (what matters for running stands in the pod records, what programs said in their logs).
 */
import type { PodEvent } from '../model/event.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import type { EventObject, WatchEvent } from '../protocol/objects.ts';

const capacity = 1000;

export interface EventSubject {
  /** absent: a pod */
  readonly kind?: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** container it concerns */
  readonly container?: string;
  /** which it is among */
  readonly list?: 'containers' | 'initContainers';
}

export interface EventLog {
  readonly record: (type: PodEvent['type'], reason: string, message: string, subject: EventSubject) => void;
  /** oldest change first */
  readonly list: () => readonly EventObject[];
  /** Changes only; returns the unsubscribe function. */
  readonly subscribe: (listener: (event: WatchEvent<EventObject>) => void) => () => void;
}

/** `now` dates the events, `nextVersion` numbers their changes. */
export function createEventLog(now: () => Date, nextVersion: () => string): EventLog {
  const events = new Map<string, EventObject>();
  const listeners = new Set<(event: WatchEvent<EventObject>) => void>();

  const record: EventLog['record'] = (type, reason, message, subject) => {
    const key = [subject.uid, subject.container, type, reason, message].join('\0');
    const before = events.get(key);
    const event = nextEvent({ type, reason, message }, subject, before, now().toISOString(), nextVersion());
    // Setting it anew moves it to the end: the map's order is the order of the last change.
    events.delete(key);
    events.set(key, event);
    const oldest = events.size > capacity ? events.keys().next().value : undefined;
    if (oldest !== undefined) events.delete(oldest);
    for (const listener of listeners) listener({ type: before === undefined ? 'ADDED' : 'MODIFIED', object: event });
  };

  return {
    record,
    list: () => [...events.values()],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function nextEvent(
  what: Pick<PodEvent, 'type' | 'reason' | 'message'>,
  { container, list = 'containers', kind = 'Pod', ...object }: EventSubject,
  before: EventObject | undefined,
  timestamp: string,
  resourceVersion: string,
): EventObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      // Kubernetes names events `<object>.<hex>`.
      name: before?.metadata.name ?? `${object.name}.${Number(resourceVersion).toString(16)}`,
      namespace: object.namespace,
      resourceVersion,
    },
    ...what,
    firstTimestamp: before?.firstTimestamp ?? timestamp,
    lastTimestamp: timestamp,
    count: (before?.count ?? 0) + 1,
    involvedObject: {
      kind,
      ...object,
      ...(container === undefined ? {} : { fieldPath: `spec.${list}{${container}}` }),
    },
  };
}
