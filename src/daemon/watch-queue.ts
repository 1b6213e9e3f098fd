/** What one watcher has still to be told: bounded by the number of objects, however slow the watcher is. */
import type { WatchEvent } from '../protocol/objects.ts';

/** Identity of an object over its life; `uid` tells a deleted pod from its successor of the same name. */
export interface Watchable {
  readonly metadata: {
    /** absent: it is in none */
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion: string;
  };
}

export interface WatchQueue<T> {
  /** An object is now like this, or (deleted) was last like this. */
  readonly push: (object: T, deleted: boolean) => void;
  /** The next event to send, oldest change first; undefined when the watcher knows everything. */
  readonly take: () => WatchEvent<T> | undefined;
}

/**
 * Coalesces changes per object: only the newest state waits, and an object that came and went unseen is never told.
 * Objects that begin or cease to satisfy `selects` are ADDED or DELETED, as in Kubernetes. `known`: what the watcher has already.
 */
export function createWatchQueue<T extends Watchable>(
  selects: (object: T) => boolean,
  known: Iterable<T> = [],
): WatchQueue<T> {
  const told = new Set<string>();
  for (const object of known) told.add(keyOf(object));
  const pending = new Map<string, { readonly object: T; readonly present: boolean }>();
  return {
    push: (object, deleted) => {
      const key = keyOf(object);
      const present = !deleted && selects(object);
      // Set anew at the end, so that events leave in the order of their resource versions.
      pending.delete(key);
      if (present || told.has(key)) pending.set(key, { object, present });
    },
    take: () => {
      const first = pending.entries().next().value;
      if (first === undefined) return undefined;
      const [key, { object, present }] = first;
      pending.delete(key);
      const wasTold = told.has(key);
      if (present) remember(told, key);
      else told.delete(key);
      return { type: eventType(present, wasTold), object };
    },
  };
}

// Events leave their ring without a word: the oldest are forgotten, and would be ADDED again if they changed after all.
const maxTold = 50_000;

function remember(told: Set<string>, key: string): void {
  told.add(key);
  const oldest = told.size > maxTold ? told.keys().next().value : undefined;
  if (oldest !== undefined) told.delete(oldest);
}

/** Namespace, name and uid as one text. */
export function keyOf(object: Watchable): string {
  const { namespace, name, uid } = object.metadata;
  return `${namespace}/${name}/${uid ?? ''}`;
}

function eventType(present: boolean, wasTold: boolean): WatchEvent<unknown>['type'] {
  if (!present) return 'DELETED';
  return wasTold ? 'MODIFIED' : 'ADDED';
}
