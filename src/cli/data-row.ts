/** Objects that are no pods as rows of kubectl's tables. */
import type { DataKind } from '../model/object-manifest.ts';
import type { ServicePortSpec } from '../model/service-spec.ts';
import type { ClaimObject, DataObject, DataObjectOf } from '../protocol/objects.ts';
import { formatSince } from './age.ts';
import { formatSelector } from './format-selector.ts';
import { formatLabels } from './pod-row.ts';
import { wideWorkloadColumns, workloadColumns } from './workload-row.ts';

export interface DataColumns {
  readonly showNamespace: boolean;
  readonly wide: boolean;
  readonly showLabels: boolean;
}

type Column<K extends DataKind> = readonly [title: string, cell: (object: DataObjectOf<K>, nowMs: number) => string];

/** What Kubernetes would call the volume. */
export const claimVolume = ({ metadata }: ClaimObject): string => `pvc-${metadata.uid}`;

/** What stands between NAME and AGE. */
const columns: { readonly [K in DataKind]: readonly Column<K>[] } = {
  ConfigMap: [['DATA', ({ data, binaryData }) => String(keyCount(data) + keyCount(binaryData))]],
  Secret: [
    ['TYPE', ({ type }) => type ?? ''],
    ['DATA', ({ data }) => String(keyCount(data))],
  ],
  Service: [
    ['TYPE', ({ spec }) => spec.type ?? 'ClusterIP'],
    ['CLUSTER-IP', ({ spec }) => spec.clusterIP ?? '<none>'],
    ['EXTERNAL-IP', ({ spec }) => spec.externalName ?? (spec.externalIPs?.join(',') || '<none>')],
    ['PORT(S)', ({ spec }) => spec.ports?.map(formatServicePort).join(',') || '<none>'],
  ],
  NetworkPolicy: [['POD-SELECTOR', ({ spec }) => formatSelector(spec?.podSelector)]],
  Namespace: [['STATUS', ({ status }) => status.phase]],
  PersistentVolumeClaim: [
    ['STATUS', ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? status.phase : 'Terminating')],
    ['VOLUME', claimVolume],
    ['CAPACITY', ({ status }) => String(status.capacity.storage ?? '')],
    ['ACCESS MODES', ({ status }) => formatAccessModes(status.accessModes)],
    ['STORAGECLASS', ({ spec }) => spec.storageClassName || 'local'],
    ['VOLUMEATTRIBUTESCLASS', () => '<unset>'],
  ],
  ControllerRevision: [
    ['CONTROLLER', ({ metadata }) => formatController(metadata.ownerReferences)],
    ['REVISION', ({ revision = 0 }) => String(revision)],
  ],
  ...workloadColumns,
};

/** With `-o wide`, behind AGE. */
const wideColumns: { readonly [K in DataKind]?: readonly Column<K>[] } = {
  Service: [['SELECTOR', ({ spec }) => formatLabels(spec.selector)]],
  PersistentVolumeClaim: [['VOLUMEMODE', ({ spec }) => spec.volumeMode || 'Filesystem']],
  ...wideWorkloadColumns,
};

/** `statefulset.apps/web`, as kubectl names who manages an object. */
export function formatController(owners: ControllerOwners): string {
  const owner = owners?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const [group = '', version] = owner.apiVersion.split('/');
  return `${owner.kind.toLowerCase()}${version === undefined ? '' : `.${group}`}/${owner.name}`;
}

type ControllerOwners = DataObject['metadata']['ownerReferences'];

const modeWords: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** `RWO,ROX`, as kubectl shortens them. */
export const formatAccessModes = (modes: readonly string[]): string =>
  modes.map((mode) => modeWords[mode] ?? mode).join(',');

/** `80:30080/TCP` */
function formatServicePort({ port, nodePort, protocol = 'TCP' }: ServicePortSpec): string {
  return `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`;
}

export function dataHeaders(kind: DataKind, { showNamespace, wide, showLabels }: DataColumns): readonly string[] {
  return [
    ...(showNamespace ? ['NAMESPACE'] : []),
    ...['NAME', ...columns[kind].map(([title]) => title), 'AGE'],
    ...(wide ? (wideColumns[kind] ?? []).map(([title]) => title) : []),
    ...(showLabels ? ['LABELS'] : []),
  ];
}

export function dataRow(
  object: DataObject,
  { showNamespace, wide, showLabels, nowMs }: DataColumns & { readonly nowMs: number },
): readonly string[] {
  const { name, namespace, creationTimestamp, labels } = object.metadata;
  return [
    ...(showNamespace ? [namespace ?? ''] : []),
    name,
    ...cellsOf(object, columns, nowMs),
    formatSince(creationTimestamp, nowMs),
    ...(wide ? cellsOf(object, wideColumns, nowMs) : []),
    ...(showLabels ? [formatLabels(labels)] : []),
  ];
}

/** The columns are those of its kind. */
function cellsOf(
  object: DataObject,
  table: { readonly [K in DataKind]?: readonly Column<K>[] },
  nowMs: number,
): readonly string[] {
  const some = (table[object.kind] ?? []) as unknown as readonly Column<DataKind>[];
  return some.map(([, cell]) => cell(object, nowMs));
}

const keyCount = (map: Readonly<Record<string, string>> = {}): number => Object.keys(map).length;
