/** ConfigMaps and Secrets as rows of kubectl's tables. */
import type { DataKind } from '../model/object-manifest.ts';
import type { DataObject } from '../protocol/api.ts';
import { formatSince } from './age.ts';
import { formatLabels } from './pod-row.ts';

export interface DataColumns {
  readonly showNamespace: boolean;
  readonly showLabels: boolean;
}

export function dataHeaders(kind: DataKind, { showNamespace, showLabels }: DataColumns): readonly string[] {
  return [
    ...(showNamespace ? ['NAMESPACE'] : []),
    ...(kind === 'Secret' ? ['NAME', 'TYPE', 'DATA', 'AGE'] : ['NAME', 'DATA', 'AGE']),
    ...(showLabels ? ['LABELS'] : []),
  ];
}

export function dataRow(
  object: DataObject,
  { showNamespace, showLabels, nowMs }: DataColumns & { readonly nowMs: number },
): readonly string[] {
  const { name, namespace, creationTimestamp, labels } = object.metadata;
  return [
    ...(showNamespace ? [namespace] : []),
    name,
    ...(object.kind === 'Secret' ? [object.type ?? ''] : []),
    String(keyCount(object)),
    formatSince(creationTimestamp, nowMs),
    ...(showLabels ? [formatLabels(labels)] : []),
  ];
}

function keyCount(object: DataObject): number {
  const binary = object.kind === 'ConfigMap' ? Object.keys(object.binaryData ?? {}).length : 0;
  return Object.keys(object.data ?? {}).length + binary;
}
