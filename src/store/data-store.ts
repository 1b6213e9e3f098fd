/** ConfigMaps and Secrets on disk: `<objectsDir>/<uid>.json`, mode 0600 in a directory 0700. */
import type { DataRecord } from '../model/data-record.ts';
import { parseDataRecord } from './parse-record.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

export type DataStore = RecordStore<DataRecord>;

/** A store over two directories, which `load` creates when missing. */
export function createDataStore(objectsDir: string, quarantineDir: string): DataStore {
  return createRecordStore(objectsDir, quarantineDir, { noun: 'object', parse: parseDataRecord });
}
