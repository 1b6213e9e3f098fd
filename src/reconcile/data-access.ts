/** Objects that are no pods as the API sees them. They are created and changed by applying them. */
import type { DataKey, DataKind } from '../model/object-manifest.ts';
import type { DataObject, DataObjectOf, WatchEvent } from '../protocol/objects.ts';
import type { DataTable } from './data-table.ts';
import type { DeleteOptions } from './delete-object.ts';

export interface DataAccess {
  readonly list: <K extends DataKind>(kind: K) => readonly DataObjectOf<K>[];
  readonly get: (key: DataKey) => DataObject | undefined;
  /** Changes only; returns the unsubscribe function. */
  readonly subscribe: (kind: DataKind, listener: (event: WatchEvent<DataObject>) => void) => () => void;
  /**
   * Removes it; pods that use it run on, and wait for it at their next start. What must go before it, or with it, goes in its own time:
   * until then `get` shows it with a deletionTimestamp. PodError `NotFound`, `Conflict`, `Forbidden`. Works on a full disk.
   */
  readonly delete: (key: DataKey, options?: DeleteOptions) => Promise<void>;
}

/** `remove` also tells the pods that use it. */
export const createDataAccess = (table: DataTable, remove: DataAccess['delete']): DataAccess => ({
  list: (kind) => table.list(kind),
  get: (key) => table.get(key),
  subscribe: (kind, listener) => table.subscribe(kind, listener),
  delete: remove,
});
