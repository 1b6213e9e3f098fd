/** What the collector looks at, out of the tables. */
import { keyOfManifest } from '../model/data-key.ts';
import type { DataRecord } from '../model/data-record.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import type { DataTable } from './data-table.ts';
import type { Collectable } from './plan-collection.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';

/** Every object and every pod, also one that waits for its predecessor's end. */
export const collectables = (
  table: Pick<PodTable, 'all'>,
  data: Pick<DataTable, 'records'>,
): readonly Collectable[] => [...table.all().map(collectablePod), ...data.records().map(collectableObject)];

function collectablePod({ uid, spec, phase, manifest }: Pod): Collectable {
  return {
    ...{ kind: 'Pod', namespace: spec.namespace, name: spec.name, uid, isDeleting: phase !== 'sync' },
    owners: manifest.metadata.ownerReferences ?? [],
    claims: claimsOf(manifest),
  };
}

export function collectableObject({ uid, manifest, deletion }: DataRecord): Collectable {
  return {
    ...{ ...keyOfManifest(manifest), uid, isDeleting: deletion !== undefined },
    owners: manifest.metadata.ownerReferences ?? [],
    ...(deletion === undefined ? {} : { finalizer: deletion.finalizer }),
  };
}

/** Names of the claims that its volumes show. */
export function claimsOf({ spec }: PodManifest): readonly string[] {
  const { volumes = [] } = spec as { readonly volumes?: readonly ClaimingVolume[] };
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

interface ClaimingVolume {
  readonly persistentVolumeClaim?: { readonly claimName?: string };
}
