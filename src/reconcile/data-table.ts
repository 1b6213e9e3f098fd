/** The objects of this podd that have no life of their own, in memory and on disk. */
import { randomUUID } from 'node:crypto';
import { keyOfManifest, textOfKey } from '../model/data-key.ts';
import { type DataRecord, dataRecordVersion } from '../model/data-record.ts';
import type { DataKey, DataKind, DataManifest, DataManifestOf } from '../model/object-manifest.ts';
import type { DataObject, DataObjectOf, WatchEvent } from '../protocol/objects.ts';
import type { DataStore } from '../store/data-store.ts';
import type { Clock } from './reconciler-deps.ts';

type Listener = (event: WatchEvent<DataObject>) => void;

export class DataTable {
  readonly #store: DataStore;
  readonly #clock: Clock;
  readonly #nextVersion: () => string;
  readonly #records = new Map<string, DataRecord>();
  readonly #listeners = new Map<DataKind, Set<Listener>>();

  /** `nextVersion` gives a new, higher resourceVersion. */
  constructor(store: DataStore, clock: Clock, nextVersion: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#nextVersion = nextVersion;
  }

  /** Reads what is on disk; returns the highest resourceVersion of it. Throws only when the directory itself cannot be used. */
  load(): number {
    let highest = 0;
    for (const { uid, record, deletion } of this.#store.load().records) {
      const version = Number(record.resourceVersion) || 0;
      highest = Math.max(highest, version);
      const other = this.#records.get(textOfKey(keyOfManifest(record.manifest)));
      const isOlder = other !== undefined && (Number(other.resourceVersion) || 0) >= version;
      // A podd that was killed between a deletion and what came after leaves the older one behind.
      const superseded = deletion !== undefined || isOlder ? uid : other?.uid;
      // What refuses to go now is found by the next start.
      if (superseded !== undefined) this.#store.remove(superseded).catch(() => undefined);
      if (superseded !== uid) this.#records.set(textOfKey(keyOfManifest(record.manifest)), record);
    }
    return highest;
  }

  find<K extends DataKind>(key: DataKey<K>): DataManifestOf<K> | undefined {
    return this.#records.get(textOfKey(key))?.manifest as DataManifestOf<K> | undefined;
  }

  get(key: DataKey): DataObject | undefined {
    const record = this.#records.get(textOfKey(key));
    return record === undefined ? undefined : toDataObject(record);
  }

  list<K extends DataKind>(kind: K): readonly DataObjectOf<K>[] {
    return this.#of(kind).map((record) => toDataObject(record) as DataObjectOf<K>);
  }

  /** All of a kind as they are kept, in no order. */
  manifests<K extends DataKind>(kind: K): readonly DataManifestOf<K>[] {
    return this.#of(kind).map(({ manifest }) => manifest as DataManifestOf<K>);
  }

  /** At once in memory; resolves when the record is on disk, to what kept it from there. */
  put(manifest: DataManifest): Promise<Error | undefined> {
    const key = textOfKey(keyOfManifest(manifest));
    const before = this.#records.get(key);
    const record: DataRecord = {
      version: dataRecordVersion,
      uid: before?.uid ?? randomUUID(),
      resourceVersion: this.#nextVersion(),
      creationTimestamp: before?.creationTimestamp ?? this.#clock.now().toISOString(),
      manifest,
    };
    this.#records.set(key, record);
    this.#tell(before === undefined ? 'ADDED' : 'MODIFIED', record);
    return this.#store.save(record.uid, () => this.#records.get(key) ?? record).tried;
  }

  /** Resolves when it is gone from the disk too. */
  async remove(key: DataKey): Promise<void> {
    const record = this.#records.get(textOfKey(key));
    if (record === undefined) return;
    this.#records.delete(textOfKey(key));
    this.#tell('DELETED', { ...record, resourceVersion: this.#nextVersion() });
    await this.#store.remove(record.uid);
  }

  /** Changes of one kind only; returns the unsubscribe function. */
  subscribe(kind: DataKind, listener: Listener): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  problems(): readonly string[] {
    return this.#store.problems();
  }

  flush(): Promise<void> {
    return this.#store.flush();
  }

  #of(kind: DataKind): readonly DataRecord[] {
    return [...this.#records.values()].filter(({ manifest }) => manifest.kind === kind);
  }

  #tell(type: WatchEvent<DataObject>['type'], record: DataRecord): void {
    for (const listener of this.#listeners.get(record.manifest.kind) ?? [])
      listener({ type, object: toDataObject(record) });
  }
}

/** As the API shows it. */
function toDataObject({ uid, resourceVersion, creationTimestamp, manifest }: DataRecord): DataObject {
  const { name, namespace } = keyOfManifest(manifest);
  const { labels, annotations } = manifest.metadata;
  return {
    ...manifest,
    metadata: {
      ...{ name, namespace, uid, resourceVersion, creationTimestamp },
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
