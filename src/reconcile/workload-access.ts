/** Pods and objects as the controllers see and change them. */

import { keyOfManifest } from '../model/data-key.ts';
import type { DataRecord } from '../model/data-record.ts';
import { isWorkloadKind } from '../model/object-kinds.ts';
import type { DataKey, DataKind, ObjectManifest, WorkloadManifest } from '../model/object-manifest.ts';
import {
  type OwnerReference,
  type RevisionView,
  templateOfRevision,
  type WorkloadKind,
  type WorkloadObject,
} from '../model/workload.ts';
import { PodError } from '../util/pod-error.ts';
import type { WorkloadAccess, WorkloadChange } from '../workload/workload-access.ts';
import { type Adopted, adoptedPods } from './adopted-pods.ts';
import type { DataTable } from './data-table.ts';
import type { ObjectEdits } from './object-edits.ts';
import { ownedPod } from './owned-pod.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';
import type { Publisher } from './publisher.ts';
import type { Clock } from './reconciler-deps.ts';
import { watchClock } from './watch-clock.ts';

export interface WorkloadParties {
  readonly table: PodTable;
  readonly data: DataTable;
  readonly publisher: Publisher;
  readonly edits: ObjectEdits;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** To be made when all records are read. */
export function createWorkloadAccess(parties: WorkloadParties): WorkloadAccess {
  const { table, data, edits, clock, log } = parties;
  const keys = indexByUid(data);
  const adopted = adoptedPods(table.all(), clock);
  return {
    ...reading(parties, keys, adopted),
    ...writing(edits, keys, data),
    noteEvent: (object, ...told) => edits.noteEvent(object, ...told),
    subscribe: (listener) => subscribe(parties, listener),
    watchClock,
    nowMs: () => clock.now().getTime(),
    monotonicMs: clock.monotonicMs,
    log,
  };
}

type Keys = ReadonlyMap<string, DataKey<WorkloadKind>>;

/** Kept up to date for good: the table lives as long as podd. */
function indexByUid(data: DataTable): Keys {
  const keys = new Map<string, DataKey<WorkloadKind>>();
  const note = ({ uid, manifest }: DataRecord): void => {
    const key = keyOfManifest(manifest);
    if (isWorkloadKind(key.kind)) keys.set(uid, key as DataKey<WorkloadKind>);
  };
  for (const record of data.records()) note(record);
  data.subscribeAll((type, record) => {
    if (type === 'DELETED') keys.delete(record.uid);
    else note(record);
  });
  return keys;
}

function reading(
  { table, data, publisher }: WorkloadParties,
  keys: Keys,
  adopted: Adopted,
): Pick<WorkloadAccess, 'list' | 'find' | 'pods' | 'claims' | 'revisions' | 'unknownUntilMs'> {
  // Records are never changed, only replaced, and each is looked at many times.
  const known = new WeakMap<DataRecord, WorkloadObject>();
  const objectOf = (key: DataKey | undefined): WorkloadObject | undefined => {
    const record = key && data.record(key);
    if (record === undefined) return undefined;
    const object = known.get(record) ?? workloadObject(record);
    known.set(record, object);
    return object;
  };
  const managed = (namespace: string, owners: ReadonlySet<string | undefined>): readonly Pod[] =>
    table.all().filter((pod) => pod.spec.namespace === namespace && owners.has(controllerOf(pod.manifest)?.uid));
  return {
    find: (uid) => objectOf(keys.get(uid)),
    list: (kind, namespace) =>
      [...keys.values()]
        .filter((key) => key.kind === kind && key.namespace === (namespace ?? key.namespace))
        .flatMap((key) => objectOf(key) ?? []),
    pods: (namespace, owners) =>
      managed(namespace, new Set([...owners, undefined])).map((pod) =>
        ownedPod(pod, publisher.show(pod).status, controllerOf(pod.manifest), adopted.readySinceMs(pod)),
      ),
    claims: (namespace) =>
      data
        .records()
        .filter(({ manifest: { kind, metadata } }) => kind === claimKind && metadata.namespace === namespace)
        .map(({ uid, manifest, deletion }) => ({
          name: manifest.metadata.name,
          uid,
          isDeleting: deletion !== undefined,
        })),
    revisions: (namespace) =>
      data
        .records()
        .filter(({ manifest }) => manifest.metadata.namespace === namespace)
        .flatMap(revisionView),
    unknownUntilMs: (namespace, owners) => adopted.unknownUntilMs(managed(namespace, owners)),
  };
}

const claimKind = 'PersistentVolumeClaim';

function writing(
  edits: ObjectEdits,
  keys: Keys,
  data: DataTable,
): Pick<
  WorkloadAccess,
  | 'createPod'
  | 'createObject'
  | 'deletePod'
  | 'setPodOwner'
  | 'updateObject'
  | 'updateRevision'
  | 'deleteObject'
  | 'setStatus'
  | 'saveStatuses'
> {
  const create = async (manifest: ObjectManifest): Promise<void> => {
    await edits.create(manifest, controllerOf(manifest));
  };
  return {
    createPod: create,
    // Planners build what the rules of its kind accept, or refuse with their words.
    createObject: (manifest) => create(manifest as unknown as ObjectManifest),
    deletePod: (_namespace, { uid }) => edits.deletePod(uid),
    setPodOwner: (_namespace, { uid, owner }) => edits.setPodOwner(uid, owner),
    updateObject: (_namespace, action) => updateObject(edits, keys.get(action.uid), data, action),
    deleteObject: (namespace, { kind, name, uid }) =>
      edits.delete({ kind: kind as DataKind, namespace, name }, { uid }),
    updateRevision: async (namespace, { name, uid, revision, owner }) => {
      const key = { kind: 'ControllerRevision', namespace, name } as const;
      if (owner !== undefined) await edits.setOwner(key, uid, owner ?? undefined);
      if (revision !== undefined) await edits.change(key, uid, { revision });
    },
    saveStatuses: () => edits.saveStatuses(),
    setStatus: ({ kind, namespace, name, uid }, status) => edits.setStatus({ kind, namespace, name }, uid, status),
  };
}

async function updateObject(
  edits: ObjectEdits,
  key: DataKey<WorkloadKind> | undefined,
  data: DataTable,
  { uid, kind, name, spec, annotations, owner }: Parameters<WorkloadAccess['updateObject']>[1],
): Promise<void> {
  const manifest = key && (data.record(key)?.manifest as WorkloadManifest | undefined);
  if (key === undefined || manifest === undefined) throw new PodError('NotFound', `${kind} ${name} is gone`);
  if (owner !== undefined) await edits.setOwner(key, uid, owner ?? undefined);
  if (spec === undefined && annotations === undefined) return;
  await edits.change(key, uid, {
    ...(spec === undefined ? {} : { spec: { ...manifest.spec, ...spec } }),
    ...(annotations === undefined ? {} : { annotations: { ...manifest.metadata.annotations, ...annotations } }),
  });
}

function subscribe({ data, publisher }: WorkloadParties, listener: (change: WorkloadChange) => void): () => void {
  const unsubscribers = [
    publisher.subscribe(({ type, object }) => listener({ ...changeOf(object), isGone: type === 'DELETED' })),
    data.subscribeAll((type, { uid, manifest }) => {
      const { kind, namespace } = keyOfManifest(manifest);
      if (!isWorkloadKind(kind)) return;
      listener({
        ...changeOf({ metadata: { ...manifest.metadata, namespace, uid } }),
        kind,
        isGone: type === 'DELETED',
      });
    }),
  ];
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
  };
}

interface Owned {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
}

function changeOf(object: Owned & { readonly metadata: { readonly namespace: string; readonly uid: string } }) {
  const { namespace, uid, labels = {} } = object.metadata;
  const owner = controllerOf(object);
  return { namespace, uid, labels, ...(owner === undefined ? {} : { owner }) };
}

/** Who manages it: of several owners at most one does. */
const controllerOf = ({ metadata }: Owned): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

function revisionView({ uid, manifest, creationTimestamp, deletion }: DataRecord): readonly RevisionView[] {
  if (manifest.kind !== 'ControllerRevision') return [];
  const { metadata, data, revision = 0 } = manifest;
  const owner = controllerOf(manifest);
  const view = {
    ...{ name: metadata.name, uid, labels: metadata.labels ?? {}, createdMs: Date.parse(creationTimestamp) },
    ...{ isDeleting: deletion !== undefined, revision, template: templateOfRevision(data) },
  };
  return [{ ...view, ...(owner === undefined ? {} : { owner }) }];
}

function workloadObject({ uid, manifest, generation = 1, status = {}, ...record }: DataRecord): WorkloadObject {
  const { apiVersion, spec, metadata } = manifest as WorkloadManifest;
  const owner = controllerOf(manifest);
  return {
    ...(keyOfManifest(manifest) as DataKey<WorkloadKind>),
    ...{ apiVersion, uid, generation, spec, status, createdMs: Date.parse(record.creationTimestamp) },
    ...{ labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
    ...(owner === undefined ? {} : { owner }),
    isDeleting: record.deletion !== undefined,
  };
}
