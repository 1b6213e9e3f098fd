import { namespaceFor } from './object-kinds.ts';
import type { DataKey, DataManifest } from './object-manifest.ts';

/** Which object a manifest is about. */
export function keyOfManifest({ kind, metadata }: DataManifest): DataKey {
  return { kind, namespace: namespaceFor(kind, metadata.namespace), name: metadata.name };
}

/** Unique among all objects. */
export const textOfKey = ({ kind, namespace, name }: DataKey): string => `${kind}/${namespace}/${name}`;
