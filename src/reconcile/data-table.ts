/** The objects of this podd that are no pods, in memory and on disk. */
import { randomUUID } from 'node:crypto';
import { keyOfManifest, textOfKey } from '../model/data-key.ts';
import { type DataRecord, dataRecordVersion, type Finalizer } from '../model/data-record.ts';
import { namesOf } from '../model/object-kinds.ts';
import type { DataKey, DataKind, DataManifest, DataManifestOf } from '../model/object-manifest.ts';
import type { DataObject, DataObjectOf, WatchEvent } from '../protocol/objects.ts';
import type { DataStore } from '../store/data-store.ts';
import { sameJson } from '../util/same-json.ts';
import { toDataObject } from './data-object.ts';
import { appliedBeside, lastApplied } from './last-applied.ts';
import type { Clock } from './reconciler-deps.ts';

type Listener = (event: WatchEvent<DataObject>) => void;
type AnyListener = (type: WatchEvent<DataObject>['type'], record: DataRecord) => void;

/** A status changes many times while pods come and go, and is worked out anew when it is lost: not each goes to the disk. */
const statusSaveMs = 200;

export class DataTable {
  readonly #store: DataStore;
  readonly #clock: Clock;
  readonly #nextVersion: () => string;
  readonly #records = new Map<string, DataRecord>();
  readonly #listeners = new Map<DataKind, Set<Listener>>();
  readonly #anyListeners = new Set<AnyListener>();
  /** keys of those whose status is not on its way to the disk yet */
  readonly #unsaved = new Set<string>();
  #saveTimer: NodeJS.Timeout | undefined;
  /** deletions that are on their way to the disk */
  readonly #deletions = new Set<Promise<unknown>>();
  #lost: ReadonlySet<string> = new Set();

  /** `nextVersion` gives a new, higher resourceVersion. */
  constructor(store: DataStore, clock: Clock, nextVersion: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#nextVersion = nextVersion;
  }

  /** Reads what is on disk; returns the highest resourceVersion of it. Throws only when the directory itself cannot be used. */
  load(): number {
    let highest = 0;
    const { records, lost } = this.#store.load();
    this.#lost = lost;
    for (const { uid, record, deletion } of records) {
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

  record(key: DataKey): DataRecord | undefined {
    return this.#records.get(textOfKey(key));
  }

  /** uids of objects whose record was found to be bad: nobody deleted them. */
  lostUids(): ReadonlySet<string> {
    return this.#lost;
  }

  /** All of all kinds, in no order. */
  records(): readonly DataRecord[] {
    return [...this.#records.values()];
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

  /**
   * At once in memory; resolves when the record is on disk, to what kept it from there. `applied`: what an apply said, of which
   * `manifest` came; absent: this is no apply, and the last one's holds.
   */
  put(manifest: DataManifest, applied?: DataManifest): Promise<Error | undefined> {
    const before = this.record(keyOfManifest(manifest));
    const generation = nextGeneration(before, manifest);
    const last = applied ?? (before && lastApplied(before));
    return this.#set({
      version: dataRecordVersion,
      uid: before?.uid ?? randomUUID(),
      resourceVersion: this.#nextVersion(),
      creationTimestamp: before?.creationTimestamp ?? this.#clock.now().toISOString(),
      ...(generation === undefined ? {} : { generation }),
      ...(before?.status === undefined ? {} : { status: before.status }),
      ...(before?.deletion === undefined ? {} : { deletion: before.deletion }),
      manifest,
      ...appliedBeside(manifest, last),
    });
  }

  /** An apply changed nothing, but not by the same words as the one before; as `put`, and nobody is told. */
  async noteApplied(key: DataKey, applied: DataManifest): Promise<Error | undefined> {
    const record = this.record(key);
    if (record === undefined) return undefined;
    const { applied: last, ...others } = record;
    const beside = appliedBeside(record.manifest, applied);
    if (sameJson(beside.applied, last)) return undefined;
    const next = { ...others, ...beside };
    this.#records.set(textOfKey(key), next);
    return await this.#save(next);
  }

  /** What a controller found of the object of that uid; nothing when that one is gone, or knows it. Soon on disk. */
  setStatus(key: DataKey, uid: string, status: Readonly<Record<string, unknown>>): void {
    const record = this.record(key);
    if (record?.uid !== uid || sameJson(record.status ?? {}, status)) return;
    this.#keep({ ...record, status, resourceVersion: this.#nextVersion() });
    this.#unsaved.add(textOfKey(key));
    this.#saveTimer ??= setTimeout(() => this.saveStatuses(), statusSaveMs).unref();
  }

  /** Every status is on its way to the disk; resolves when each was tried. */
  async saveStatuses(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const records = [...this.#unsaved].flatMap((key) => this.#records.get(key) ?? []);
    this.#unsaved.clear();
    await Promise.all(records.map((record) => this.#save(record)));
  }

  /** It goes when what `finalizer` stands for is gone, and until then says that it is being deleted. */
  async markDeleting(key: DataKey, finalizer: Finalizer): Promise<void> {
    const record = this.record(key);
    if (record === undefined || record.deletion !== undefined) return;
    const deletion = { timestamp: this.#clock.now().toISOString(), finalizer };
    const saving = this.#set({ ...record, deletion, resourceVersion: this.#nextVersion() });
    this.#deletions.add(saving);
    await saving;
    this.#deletions.delete(saving);
  }

  /** Resolves when each deletion that has begun is on disk, or was refused there. */
  async deletionsTried(): Promise<void> {
    await Promise.all(this.#deletions);
  }

  /** Resolves when it is gone from the disk too. */
  async remove(key: DataKey): Promise<void> {
    const record = this.#records.get(textOfKey(key));
    if (record === undefined) return;
    this.#records.delete(textOfKey(key));
    this.#unsaved.delete(textOfKey(key));
    this.#tell('DELETED', { ...record, resourceVersion: this.#nextVersion() });
    await this.#store.remove(record.uid);
  }

  /** Changes of one kind only; returns the unsubscribe function. */
  subscribe(kind: DataKind, listener: Listener): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Changes of all kinds, as they are kept. */
  subscribeAll(listener: AnyListener): () => void {
    this.#anyListeners.add(listener);
    return () => this.#anyListeners.delete(listener);
  }

  problems(): readonly string[] {
    return this.#store.problems();
  }

  async flush(): Promise<void> {
    await this.saveStatuses();
    await this.#store.flush();
  }

  #of(kind: DataKind): readonly DataRecord[] {
    return this.records().filter(({ manifest }) => manifest.kind === kind);
  }

  #set(record: DataRecord): Promise<Error | undefined> {
    this.#keep(record);
    return this.#save(record);
  }

  #keep(record: DataRecord): void {
    const key = textOfKey(keyOfManifest(record.manifest));
    const isNew = !this.#records.has(key);
    this.#records.set(key, record);
    this.#tell(isNew ? 'ADDED' : 'MODIFIED', record);
  }

  #save(record: DataRecord): Promise<Error | undefined> {
    const key = textOfKey(keyOfManifest(record.manifest));
    return this.#store.save(record.uid, () => this.#records.get(key) ?? record).tried;
  }

  #tell(type: WatchEvent<DataObject>['type'], record: DataRecord): void {
    for (const listener of this.#listeners.get(record.manifest.kind) ?? [])
      listener({ type, object: toDataObject(record) });
    for (const listener of this.#anyListeners) listener(type, record);
  }
}

/** Of kinds with a status: counts changes of the spec alone. */
function nextGeneration(before: DataRecord | undefined, manifest: DataManifest): number | undefined {
  if (namesOf(manifest.kind).hasStatus === undefined) return undefined;
  const { generation = 0 } = before ?? {};
  return sameJson(specOf(before?.manifest), specOf(manifest)) ? generation : generation + 1;
}

const specOf = (manifest: DataManifest | undefined): unknown =>
  manifest !== undefined && 'spec' in manifest ? manifest.spec : undefined;
