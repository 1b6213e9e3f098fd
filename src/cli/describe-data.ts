/** `kubectl describe`'s page of an object that is no pod; of a Secret the sizes, never the values. */
import type { DataKind } from '../model/object-manifest.ts';
import type {
  AppObject,
  ClaimObject,
  ConfigMapObject,
  DataObject,
  DataObjectOf,
  EventObject,
  RevisionObject,
  SecretObject,
} from '../protocol/objects.ts';
import { decodeBase64 } from '../util/base64.ts';
import { formatTime } from './age.ts';
import { claimVolume, formatAccessModes, formatController } from './data-row.ts';
import { describeList, describeMap } from './describe-map.ts';
import { describeEvents } from './describe-pod.ts';
import { describePolicy } from './describe-policy.ts';
import { describeService, type ServiceSurroundings } from './describe-service.ts';
import { type Controlled, describeWorkload } from './describe-workload.ts';
import { alignColumns, cleanCell, describeColumns } from './tab-columns.ts';

/** `pods` of a workload are those that it controls, of a PersistentVolumeClaim those that use it. */
export interface Beside extends Controlled {
  /** of a Service */
  readonly service?: ServiceSurroundings;
  /** what happened to it; absent: nothing ever does to objects of its kind */
  readonly events?: readonly EventObject[];
  readonly nowMs?: number;
}

/** The whole page, ending in a newline. */
export function describeData(object: DataObject, beside: Beside = {}): string {
  const { events, nowMs = 0 } = beside;
  const { name, namespace, labels, annotations, deletionTimestamp } = object.metadata;
  const head = [
    `Name:\t${name}`,
    ...(namespace === undefined ? [] : [`Namespace:\t${namespace}`]),
    ...(deletionTimestamp === undefined ? [] : [`Deleted At:\t${formatTime(deletionTimestamp)}`]),
    ...describeMap('Labels', labels, '='),
    ...describeMap('Annotations', annotations, ': '),
  ];
  const describe = describers[object.kind] as Describe<DataObject>;
  const { fields = [], lines = [] } = describe(object, beside);
  const told = events === undefined ? [] : describeEvents(events, nowMs);
  return `${[...alignColumns([...head, ...fields, ...told], describeColumns), ...lines].join('\n')}\n`;
}

/** What stands below the name: fields, tab-separated, to be aligned with it, and what follows them. */
interface Page {
  readonly fields?: readonly string[];
  readonly lines?: readonly string[];
}

type Describe<T> = (object: T, beside: Beside) => Page;

const describers: { readonly [K in DataKind]: Describe<DataObjectOf<K>> } = {
  ConfigMap: describeConfigMap,
  Secret: describeSecret,
  Service: (service, beside) => ({ fields: describeService(service, beside.service) }),
  NetworkPolicy: (policy) => ({ lines: describePolicy(policy) }),
  Namespace: ({ status }) => ({ fields: [`Status:\t${status.phase}`] }),
  PersistentVolumeClaim: describeClaim,
  ControllerRevision: describeRevision,
  Deployment: ofWorkload,
  ReplicaSet: ofWorkload,
  StatefulSet: ofWorkload,
  DaemonSet: ofWorkload,
  Job: ofWorkload,
  CronJob: ofWorkload,
};

function ofWorkload(object: AppObject, beside: Beside): Page {
  return { fields: describeWorkload(object, beside) };
}

function describeClaim(claim: ClaimObject, { pods = [] }: Beside): Page {
  const { metadata, spec, status } = claim;
  const fields = [
    `StorageClass:\t${spec.storageClassName || 'local'}`,
    `Status:\t${status.phase}`,
    `Volume:\t${claimVolume(claim)}`,
    `Finalizers:\t[${metadata.finalizers?.join(' ') ?? ''}]`,
    `Capacity:\t${status.capacity.storage ?? ''}`,
    `Access Modes:\t${formatAccessModes(status.accessModes)}`,
    `VolumeMode:\t${spec.volumeMode || 'Filesystem'}`,
    ...describeList('Used By', pods.map((pod) => pod.metadata.name).sort()),
  ];
  return { fields };
}

function describeRevision({ metadata, revision = 0, data = {} }: RevisionObject): Page {
  const fields = [`Controlled By:\t${formatController(metadata.ownerReferences)}`, `Revision:\t${revision}`];
  return { fields, lines: ['', ...titled('Data', JSON.stringify(data, undefined, 2).split('\n'))] };
}

function describeConfigMap({ data = {}, binaryData = {}, immutable }: ConfigMapObject): Page {
  const texts = Object.entries(data).sort(byKey);
  const lines = [
    '',
    ...titled(
      'Data',
      texts.flatMap(([key, value]) => [`${key}:`, '----', ...value.split('\n').map(cleanCell), '']),
    ),
    '',
    ...titled('BinaryData', sizeLines(binaryData)),
  ];
  return { fields: lockFields(immutable), lines };
}

function describeSecret({ type = '', data = {}, immutable }: SecretObject): Page {
  return { fields: lockFields(immutable), lines: ['', `Type:  ${type}`, '', ...titled('Data', sizeLines(data))] };
}

const lockFields = (immutable: boolean | undefined): readonly string[] =>
  immutable === true ? ['Immutable:\ttrue'] : [];

const titled = (title: string, lines: readonly string[]): readonly string[] => [
  title,
  '='.repeat(title.length),
  ...lines,
];

function sizeLines(values: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries(values)
    .sort(byKey)
    .map(([key, value]) => `${key}:\t${sizeOf(value)} bytes`);
  return alignColumns(lines, describeColumns);
}

function sizeOf(base64: string): number {
  const decoded = decodeBase64(base64);
  return decoded.ok ? decoded.value.length : 0;
}

const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);
