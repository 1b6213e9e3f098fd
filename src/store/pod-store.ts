/** The pods on disk: `<podsDir>/<uid>.json`. */
import type { PodRecord } from '../model/pod-record.ts';
import { parsePodRecord } from './parse-record.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

export type PodStore = RecordStore<PodRecord>;

/** A store over two directories, which `load` creates when missing. */
export function createPodStore(podsDir: string, quarantineDir: string): PodStore {
  return createRecordStore(podsDir, quarantineDir, { noun: 'pod', parse: parsePodRecord });
}
