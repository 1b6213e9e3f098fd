/** A kind of objects that can be listed and watched, with enough memory of deletions to resume a watch. */
import type { DataKind } from '../model/object-manifest.ts';
import type { DataObject, EventObject, PodObject, WatchEvent } from '../protocol/objects.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Watchable } from './watch-queue.ts';

/** What changed after a resource version: objects as they are now, and those deleted since. */
export interface ChangesSince<T> {
  readonly unchanged: readonly T[];
  readonly changed: readonly T[];
  readonly deleted: readonly T[];
}

export interface WatchSource<T> {
  readonly list: () => readonly T[];
  readonly resourceVersion: () => string;
  readonly subscribe: (listener: (event: WatchEvent<T>) => void) => () => void;
  /** Undefined when that version is too old (or not from here): the client must list again, HTTP 410. */
  readonly changesSince: (resourceVersion: string) => ChangesSince<T> | undefined;
  /** Stops listening to the reconciler. */
  readonly close: () => void;
}

// Deletions remembered for watches that resume; older versions get 410 Expired, as after etcd's compaction.
const maxTombstones = 1000;

/** Wraps a list and its change stream; resource versions are whole numbers that only grow. */
export function createWatchSource<T extends Watchable>(
  origin: Pick<WatchSource<T>, 'list' | 'resourceVersion' | 'subscribe'>,
): WatchSource<T> {
  const tombstones: { readonly version: number; readonly object: T }[] = [];
  let oldestResumable = Number(origin.resourceVersion());
  const close = origin.subscribe(({ type, object }) => {
    if (type !== 'DELETED') return;
    tombstones.push({ version: Number(origin.resourceVersion()), object });
    if (tombstones.length > maxTombstones) oldestResumable = tombstones.shift()?.version ?? oldestResumable;
  });
  return {
    list: origin.list,
    resourceVersion: origin.resourceVersion,
    subscribe: origin.subscribe,
    close,
    changesSince: (resourceVersion) => {
      const since = /^\d+$/.test(resourceVersion) ? Number(resourceVersion) : Number.NaN;
      if (!(since >= oldestResumable && since <= Number(origin.resourceVersion()))) return undefined;
      const isChanged = (object: T): boolean => Number(object.metadata.resourceVersion) > since;
      const objects = origin.list();
      return {
        unchanged: objects.filter((object) => !isChanged(object)),
        changed: objects
          .filter(isChanged)
          .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)),
        deleted: tombstones.filter(({ version }) => version > since).map(({ object }) => object),
      };
    },
  };
}

/** The reconciler's pods; make it after `start`, so that versions of an earlier podd are known to be too old. */
export function createPodSource(reconciler: Reconciler): WatchSource<PodObject> {
  return createWatchSource({
    list: () => reconciler.list(),
    resourceVersion: () => reconciler.resourceVersion(),
    subscribe: (listener) => reconciler.subscribe(listener),
  });
}

/** The reconciler's objects of one kind; as createPodSource, after `start`. */
export function createDataSource(reconciler: Reconciler, kind: DataKind): WatchSource<DataObject> {
  return createWatchSource({
    list: () => reconciler.data.list(kind),
    resourceVersion: () => reconciler.resourceVersion(),
    subscribe: (listener) => reconciler.data.subscribe(kind, listener),
  });
}

/** The reconciler's events. */
export function createEventSource(reconciler: Reconciler): WatchSource<EventObject> {
  return createWatchSource({
    list: () => reconciler.events(),
    resourceVersion: () => reconciler.resourceVersion(),
    subscribe: (listener) => reconciler.subscribeEvents(listener),
  });
}
