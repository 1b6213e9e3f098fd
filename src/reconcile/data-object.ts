/** An object that is no pod as the API shows it. Pure. */
import { keyOfManifest } from '../model/data-key.ts';
import type { DataRecord } from '../model/data-record.ts';
import { isWorkloadKind } from '../model/object-kinds.ts';
import type { ClaimManifest, DataManifest } from '../model/object-manifest.ts';
import type { ClaimObject, DataObject } from '../protocol/objects.ts';

/** The manifest as it is kept with what podd knows beside it. */
export function toDataObject(record: DataRecord): DataObject {
  const { uid, resourceVersion, creationTimestamp, generation, deletion, manifest } = record;
  const { name, namespace } = keyOfManifest(manifest);
  const { labels, annotations, ownerReferences } = manifest.metadata;
  const object = {
    ...manifest,
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...{ uid, resourceVersion, creationTimestamp },
      ...(generation === undefined ? {} : { generation }),
      ...(deletion && { deletionTimestamp: deletion.timestamp, finalizers: [deletion.finalizer] }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  };
  const status = statusOf(record, manifest);
  return { ...object, ...(status === undefined ? {} : { status }) } as DataObject;
}

function statusOf({ status = {}, deletion }: DataRecord, manifest: DataManifest): unknown {
  if (isWorkloadKind(manifest.kind)) return status;
  if (manifest.kind === 'Namespace') return { phase: deletion === undefined ? 'Active' : 'Terminating' };
  return manifest.kind === 'PersistentVolumeClaim' ? claimStatus(manifest) : undefined;
}

/** A directory is there whenever it is asked for; as large as was asked for, as far as anybody can tell. */
function claimStatus({ spec }: ClaimManifest): ClaimObject['status'] {
  const { storage = '0' } = spec.resources?.requests ?? {};
  return { phase: 'Bound', accessModes: spec.accessModes ?? [], capacity: { storage } };
}
