/**
 * What is to be deleted because what it belongs to is gone, and what goes because nothing keeps it any more (Kubernetes' garbage
 * collector, namespace controller and pvc-protection controller). Pure and level-triggered: asked again until it has nothing to say.
 */
import type { Finalizer } from '../model/data-record.ts';
import { isWorkloadKind } from '../model/object-kinds.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import type { OwnerReference } from '../model/workload.ts';
import { groupBy } from '../util/group-by.ts';

/** An object or a pod, as far as it matters here. */
export interface Collectable {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly isDeleting: boolean;
  /** of an object that is being deleted: what it waits for */
  readonly finalizer?: Finalizer;
  /** of a pod: names of claims */
  readonly claims?: readonly string[];
}

export type CollectionStep =
  | { readonly step: 'delete'; readonly object: Collectable; readonly isForeground: boolean }
  /** nothing keeps it */
  | { readonly step: 'finish'; readonly object: Collectable };

/** What makes pods goes before what pods use: nothing is made anew, and no pod is changed only to be deleted. */
export function planCollection(objects: readonly Collectable[]): readonly CollectionStep[] {
  const all = relationsOf(objects);
  const steps = objects.flatMap((object) => stepFor(object, all));
  const first = steps.filter(({ object: { kind } }) => kind === 'Pod' || isWorkloadKind(kind));
  return first.length > 0 ? first : steps;
}

interface Relations {
  readonly byUid: ReadonlyMap<string, Collectable>;
  /** uids that somebody names as an owner */
  readonly owners: ReadonlySet<string>;
  readonly byNamespace: ReadonlyMap<string, readonly Collectable[]>;
  /** names of namespaces that are being deleted */
  readonly ending: ReadonlySet<string>;
  readonly usedClaims: ReadonlySet<string>;
}

function relationsOf(objects: readonly Collectable[]): Relations {
  const ending = objects.filter(({ kind, isDeleting }) => kind === 'Namespace' && isDeleting);
  return {
    byUid: new Map(objects.map((object) => [object.uid, object])),
    owners: new Set(objects.flatMap(({ owners }) => owners.map(({ uid }) => uid))),
    byNamespace: groupBy(objects, ({ namespace }) => namespace),
    ending: new Set(ending.map(({ name }) => name)),
    usedClaims: new Set(
      objects.flatMap(({ namespace, claims = [] }) => claims.map((claim) => `${namespace}/${claim}`)),
    ),
  };
}

function stepFor(object: Collectable, all: Relations): readonly CollectionStep[] {
  if (object.finalizer !== undefined) return isKept(object, all) ? [] : [{ step: 'finish', object }];
  if (object.isDeleting) return [];
  const isForeground = object.owners.some(({ uid }) => isForegroundOwner(all.byUid.get(uid)));
  return isLost(object, all) || isForeground || all.ending.has(object.namespace)
    ? [{ step: 'delete', object, isForeground }]
    : [];
}

/** Whatever it belonged to is gone. */
function isLost({ owners, namespace }: Collectable, { byUid }: Relations): boolean {
  if (owners.length === 0) return false;
  return owners.every(({ uid }) => {
    const owner = byUid.get(uid);
    return owner === undefined || (owner.namespace !== '' && owner.namespace !== namespace);
  });
}

const isForegroundOwner = (owner: Collectable | undefined): boolean => owner?.finalizer === 'foregroundDeletion';

function isKept({ finalizer, uid, name, namespace }: Collectable, all: Relations): boolean {
  switch (finalizer) {
    case 'foregroundDeletion':
      return all.owners.has(uid);
    case 'kubernetes':
      return (all.byNamespace.get(name)?.length ?? 0) > 0;
    case 'kubernetes.io/pvc-protection':
      return all.usedClaims.has(`${namespace}/${name}`);
    default:
      return false;
  }
}
