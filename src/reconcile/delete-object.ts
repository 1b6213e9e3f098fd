/** The deletion of objects that are no pods: at once, or when what they wait for is gone. */
import { keyOfManifest } from '../model/data-key.ts';
import type { DataRecord, Finalizer } from '../model/data-record.ts';
import { namesOf } from '../model/object-kinds.ts';
import type { DataKey, DataManifest } from '../model/object-manifest.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import type { Propagation } from '../protocol/api.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import { removeClaim } from '../volume/remove-claim.ts';
import { claimsOf } from './collectables.ts';
import type { Engine } from './engine.ts';
import type { ObjectParties } from './object-parties.ts';

export interface DeleteOptions {
  /** only the object of this uid */
  readonly uid?: string;
  /** default Background: it goes at once, what it owns afterwards; Foreground: what it owns goes first; Orphan: that stays */
  readonly propagation?: Propagation;
}

/** Resolves when it is gone, or known to be going. PodError NotFound, Conflict (another uid), Forbidden (the default namespace). */
export async function deleteObject(parties: ObjectParties, key: DataKey, options: DeleteOptions = {}): Promise<void> {
  const { data } = parties;
  const record = data.record(key);
  if (record === undefined) throw objectNotFound(key);
  const { resource } = namesOf(key.kind);
  const details = { name: key.name, kind: resource };
  if (options.uid !== undefined && options.uid !== record.uid) {
    const message = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${record.uid}`;
    throw new PodError('Conflict', message, { details });
  }
  if (key.kind === 'Namespace' && key.name === 'default') {
    const message = 'namespaces "default" is forbidden: this namespace may not be deleted';
    throw new PodError('Forbidden', message, { details });
  }
  const finalizer = finalizerFor(parties, record, options.propagation);
  if (finalizer !== undefined) await data.markDeleting(key, finalizer);
  else if (record.deletion === undefined) await finishObject(parties, key);
}

/** It goes now. */
export async function finishObject(parties: ObjectParties, key: DataKey): Promise<void> {
  const { change, data, engine } = parties;
  const record = data.record(key);
  if (record === undefined) return;
  if (record.deletion?.finalizer === 'orphan') await orphan(parties, record.uid);
  await change({ removed: [key] });
  if (key.kind === 'PersistentVolumeClaim') await removeHeld(engine, key);
}

/** The object is gone by then; what cannot be removed of its directory now goes when podd starts again. */
async function removeHeld({ deps }: Engine, { namespace, name }: DataKey): Promise<void> {
  try {
    await removeClaim(deps.paths, namespace, name);
  } catch (error) {
    deps.log(`remove what claim ${namespace}/${name} held: ${formatError(error)}`);
  }
}

function finalizerFor(
  { table, data }: ObjectParties,
  { manifest, uid }: DataRecord,
  propagation: Propagation | undefined,
): Finalizer | undefined {
  const { kind, name, namespace } = keyOfManifest(manifest);
  if (kind === 'Namespace') return 'kubernetes';
  const pods = table.all();
  if (kind === 'PersistentVolumeClaim') {
    const isUsed = pods.some((pod) => pod.spec.namespace === namespace && claimsOf(pod.manifest).includes(name));
    return isUsed ? 'kubernetes.io/pvc-protection' : undefined;
  }
  if (propagation !== 'Foreground' && propagation !== 'Orphan') return undefined;
  const isOwner = [...pods, ...data.records()].some((one) => isOwnedBy(one, uid));
  // Its controller would take back at once what it lets go, were it not known to be going.
  return isOwner ? ({ Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const)[propagation] : undefined;
}

/** What the object of that uid owns is nobody's from now on. */
export async function orphan({ table, data, podRelabelled }: ObjectParties, uid: string): Promise<void> {
  const pods = table.all().filter((pod) => isOwnedBy(pod, uid));
  for (const pod of pods) pod.manifest = withoutOwner(pod.manifest, uid);
  const objects = data.records().filter((record) => isOwnedBy(record, uid));
  await Promise.all([
    ...pods.map(podRelabelled),
    ...objects.map(({ manifest }) => data.put(withoutOwner(manifest, uid))),
  ]);
}

const isOwnedBy = ({ manifest }: { readonly manifest: PodManifest | DataManifest }, uid: string): boolean =>
  manifest.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;

function withoutOwner<M extends PodManifest | DataManifest>(manifest: M, uid: string): M {
  const { ownerReferences = [], ...metadata } = manifest.metadata;
  const others = ownerReferences.filter((owner) => owner.uid !== uid);
  return { ...manifest, metadata: { ...metadata, ...(others.length === 0 ? {} : { ownerReferences: others }) } };
}

/** 404 in Kubernetes' words. */
export function objectNotFound({ kind, name }: DataKey): PodError {
  const { resource } = namesOf(kind);
  return new PodError('NotFound', `${resource} "${name}" not found`, { details: { name, kind: resource } });
}
