/** Objects that are no pods as rows of kubectl's tables. */
import type { DataKind } from '../model/object-manifest.ts';
import type { DataObject, DataObjectOf } from '../protocol/api.ts';
import { formatSince } from './age.ts';
import { formatLabels } from './pod-row.ts';

export interface DataColumns {
  readonly showNamespace: boolean;
  readonly showLabels: boolean;
}

type Column<K extends DataKind> = readonly [title: string, cell: (object: DataObjectOf<K>) => string];

/** What stands between NAME and AGE. */
const columns: { readonly [K in DataKind]: readonly Column<K>[] } = {
  ConfigMap: [['DATA', ({ data, binaryData }) => String(keyCount(data) + keyCount(binaryData))]],
  Secret: [
    ['TYPE', ({ type }) => type ?? ''],
    ['DATA', ({ data }) => String(keyCount(data))],
  ],
};

export function dataHeaders(kind: DataKind, { showNamespace, showLabels }: DataColumns): readonly string[] {
  return [
    ...(showNamespace ? ['NAMESPACE'] : []),
    ...['NAME', ...columns[kind].map(([title]) => title), 'AGE'],
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
    ...columnsOf(object).map(([, cell]) => cell(object)),
    formatSince(creationTimestamp, nowMs),
    ...(showLabels ? [formatLabels(labels)] : []),
  ];
}

/** They are those of its kind. */
const columnsOf = ({ kind }: DataObject) => columns[kind] as unknown as readonly Column<DataKind>[];

const keyCount = (map: Readonly<Record<string, string>> = {}): number => Object.keys(map).length;
