/** What controllers do to objects and pods, in the words of model/workload.ts: by the ordinary ways, or in place where nothing that runs is touched. */
import { namesOf } from '../model/object-kinds.ts';
import type { DataKey, DataManifest, ObjectKind, ObjectManifest } from '../model/object-manifest.ts';
import type { OwnerReference, WorkloadKind } from '../model/workload.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { type DeleteOptions, deleteObject, objectNotFound } from './delete-object.ts';
import type { ObjectParties } from './object-parties.ts';

type Fields = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

/** What replaces what there is. */
export interface ObjectChange {
  readonly spec?: Fields;
  readonly labels?: Texts;
  readonly annotations?: Texts;
  /** of a ControllerRevision */
  readonly revision?: number;
}

export interface ObjectEdits {
  /**
   * A pod or another object that is not there yet. It is there at once when this resolves, and its record is on disk. PodError
   * `AlreadyExists`; `Conflict` when the owner is gone or being deleted; `Forbidden` in a namespace that is being deleted; `Invalid`.
   */
  readonly create: (manifest: ObjectManifest, owner?: OwnerReference) => Promise<ApplyResult>;
  /** In memory before it returns; the generation counts when the spec differs. PodError `NotFound` when the one of that uid is gone. */
  readonly change: (
    key: DataKey<WorkloadKind | 'ControllerRevision'>,
    uid: string,
    change: ObjectChange,
  ) => Promise<void>;
  /** In memory before it returns, soon on disk; the generation stays. Of one that is gone: nothing. */
  readonly setStatus: (key: DataKey<WorkloadKind>, uid: string, status: Fields) => void;
  /** Resolves when every status is on disk, for what must not be done twice. */
  readonly saveStatuses: () => Promise<void>;
  /** Adopts or (undefined) releases it: nothing that runs is touched. In memory before it returns. PodError `NotFound`. */
  readonly setPodOwner: (uid: string, owner: OwnerReference | undefined) => Promise<void>;
  readonly setOwner: (key: DataKey, uid: string, owner: OwnerReference | undefined) => Promise<void>;
  /** Begins its deletion; of one that is gone: nothing. */
  readonly deletePod: (uid: string) => Promise<void>;
  readonly delete: (key: DataKey, options: DeleteOptions) => Promise<void>;
  readonly noteEvent: (subject: EventedObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

export interface EventedObject {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function createObjectEdits(parties: ObjectParties): ObjectEdits {
  const { data, table, engine } = parties;
  return {
    create: (manifest, owner) => create(parties, manifest, owner),
    change: async (key, uid, change) => {
      await data.put(changed(require(parties, key, uid), change));
    },
    setStatus: (key, uid, status) => data.setStatus(key, uid, status),
    saveStatuses: () => data.saveStatuses(),
    setPodOwner: async (uid, owner) => {
      const pod = table.byUid().get(uid);
      if (pod === undefined) throw new PodError('NotFound', `pod ${uid} not found`);
      pod.manifest = withController(pod.manifest, owner);
      await parties.podRelabelled(pod);
    },
    setOwner: async (key, uid, owner) => {
      await data.put(withController(require(parties, key, uid), owner));
    },
    deletePod: async (uid) => {
      const pod = table.byUid().get(uid);
      if (pod !== undefined) await parties.beginDeletion(pod, pod.spec.graceMs);
    },
    delete: (key, options) => deleteObject(parties, key, options),
    noteEvent: (subject, ...told) => engine.events.record(...told, subject),
  };
}

async function create(
  { change, data, table }: ObjectParties,
  manifest: ObjectManifest,
  owner: OwnerReference | undefined,
): Promise<ApplyResult> {
  const owned = owner === undefined ? manifest : withController(manifest, owner);
  const { results } = await change({ manifests: [owned] }, ({ data: objects, pods }) => {
    const [planned] = [...objects, ...pods];
    if (planned !== undefined && planned.result.outcome !== 'created') throw alreadyExists(manifest);
    const found = data.records().find(({ uid }) => uid === owner?.uid);
    const isStanding = found === undefined ? table.byUid().has(owner?.uid ?? '') : found.deletion === undefined;
    if (owner !== undefined && !isStanding) throw ownerGone(manifest, owner);
  });
  const [result] = results;
  if (result === undefined) throw new Error('bug: an apply without a result');
  return result;
}

function require({ data }: ObjectParties, key: DataKey, uid: string): DataManifest {
  const record = data.record(key);
  if (record?.uid !== uid) throw objectNotFound(key);
  return record.manifest;
}

function changed(manifest: DataManifest, { spec, labels, annotations, revision }: ObjectChange): DataManifest {
  const metadata = {
    ...manifest.metadata,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const fields = { ...(spec === undefined ? {} : { spec }), ...(revision === undefined ? {} : { revision }) };
  return { ...manifest, metadata, ...fields } as DataManifest;
}

/** Of several owners one controls it. */
function withController<M extends ObjectManifest>(manifest: M, owner: OwnerReference | undefined): M {
  const { ownerReferences = [], ...metadata } = manifest.metadata;
  const others = ownerReferences.filter(({ controller }) => controller !== true);
  const owners = owner === undefined ? others : [...others, owner];
  return { ...manifest, metadata: { ...metadata, ...(owners.length === 0 ? {} : { ownerReferences: owners }) } };
}

const resourceOf = (kind: ObjectKind): string => (kind === 'Pod' ? 'pods' : namesOf(kind).resource);

function alreadyExists({ kind, metadata: { name } }: ObjectManifest): PodError {
  const details = { name, kind: resourceOf(kind) };
  return new PodError('AlreadyExists', `${details.kind} "${name}" already exists`, { details });
}

function ownerGone({ kind, metadata: { name } }: ObjectManifest, owner: OwnerReference): PodError {
  const message = `${kind} ${name}: its owner, ${owner.kind} ${owner.name}, is gone or being deleted`;
  return new PodError('Conflict', message, { details: { name, kind: resourceOf(kind) } });
}
