/** Objects without a life of their own as the API sees them. They are created and changed by applying them. */
import { kindNames } from '../model/object-kinds.ts';
import type { DataKey, DataKind } from '../model/object-manifest.ts';
import type { DataObject, DataObjectOf, WatchEvent } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import type { DataTable } from './data-table.ts';

export interface DataAccess {
  readonly list: <K extends DataKind>(kind: K) => readonly DataObjectOf<K>[];
  readonly get: (key: DataKey) => DataObject | undefined;
  /** Changes only; returns the unsubscribe function. */
  readonly subscribe: (kind: DataKind, listener: (event: WatchEvent<DataObject>) => void) => () => void;
  /** Removes it; pods that use it run on, and wait for it at their next start. PodError `NotFound`. Works on a full disk. */
  readonly delete: (key: DataKey) => Promise<void>;
}

/** `remove` also tells the pods that use it. */
export function createDataAccess(table: DataTable, remove: (key: DataKey) => Promise<unknown>): DataAccess {
  return {
    list: (kind) => table.list(kind),
    get: (key) => table.get(key),
    subscribe: (kind, listener) => table.subscribe(kind, listener),
    delete: async (key) => {
      if (table.find(key) === undefined) throw dataNotFound(key);
      await remove(key);
    },
  };
}

const dataNotFound = ({ kind, name }: DataKey): PodError =>
  new PodError('NotFound', `${kindNames[kind].resource} "${name}" not found`, {
    details: { name, kind: kindNames[kind].resource },
  });
