/** `kubectl describe`'s page of an object that is no pod; of a Secret the sizes, never the values. */
import type { DataKind } from '../model/object-manifest.ts';
import type { ConfigMapObject, DataObject, DataObjectOf, SecretObject } from '../protocol/objects.ts';
import { decodeBase64 } from '../util/base64.ts';
import { describeMap } from './describe-map.ts';
import { describePolicy } from './describe-policy.ts';
import { describeService, type ServiceSurroundings } from './describe-service.ts';
import { alignColumns, cleanCell, describeColumns } from './tab-columns.ts';

/** The whole page, ending in a newline. `beside`: of a Service. */
export function describeData(object: DataObject, beside?: ServiceSurroundings): string {
  const { name, namespace, labels, annotations } = object.metadata;
  const head = [
    `Name:\t${name}`,
    `Namespace:\t${namespace}`,
    ...describeMap('Labels', labels, '='),
    ...describeMap('Annotations', annotations, ': '),
  ];
  const describe = describers[object.kind] as Describe<DataObject>;
  const { fields = [], lines = [] } = describe(object, beside);
  return `${[...alignColumns([...head, ...fields], describeColumns), ...lines].join('\n')}\n`;
}

/** What stands below the name: fields, tab-separated, to be aligned with it, and what follows them. */
interface Page {
  readonly fields?: readonly string[];
  readonly lines?: readonly string[];
}

type Describe<T> = (object: T, beside?: ServiceSurroundings) => Page;

const describers: { readonly [K in DataKind]: Describe<DataObjectOf<K>> } = {
  ConfigMap: describeConfigMap,
  Secret: describeSecret,
  Service: (service, beside) => ({ fields: describeService(service, beside) }),
  NetworkPolicy: (policy) => ({ lines: describePolicy(policy) }),
};

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
