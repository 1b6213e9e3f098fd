/** `kubectl describe`'s page of an object that is no pod; of a Secret the sizes, never the values. */
import type { DataKind } from '../model/object-manifest.ts';
import type { ConfigMapObject, DataObject, DataObjectOf, SecretObject } from '../protocol/api.ts';
import { decodeBase64 } from '../util/base64.ts';
import { describeMap } from './describe-map.ts';
import { describePolicy } from './describe-policy.ts';
import { describeService } from './describe-service.ts';
import { alignColumns, cleanCell, describeColumns } from './tab-columns.ts';

/** The whole page, ending in a newline. */
export function describeData(object: DataObject): string {
  const { name, namespace, labels, annotations } = object.metadata;
  const head = [
    `Name:\t${name}`,
    `Namespace:\t${namespace}`,
    ...describeMap('Labels', labels, '='),
    ...describeMap('Annotations', annotations, ': '),
  ];
  const describe = describers[object.kind] as (object: DataObject) => readonly string[];
  return `${[...alignColumns(head, describeColumns), ...describe(object)].join('\n')}\n`;
}

/** What stands below the head. */
const describers: { readonly [K in DataKind]: (object: DataObjectOf<K>) => readonly string[] } = {
  ConfigMap: describeConfigMap,
  Secret: describeSecret,
  Service: describeService,
  NetworkPolicy: describePolicy,
};

function describeConfigMap({ data = {}, binaryData = {}, immutable }: ConfigMapObject): readonly string[] {
  const texts = Object.entries(data).sort(byKey);
  return [
    ...[...lockLines(immutable), ''],
    ...titled(
      'Data',
      texts.flatMap(([key, value]) => [`${key}:`, '----', ...value.split('\n').map(cleanCell), '']),
    ),
    '',
    ...titled('BinaryData', sizeLines(binaryData)),
  ];
}

function describeSecret({ type = '', data = {}, immutable }: SecretObject): readonly string[] {
  return [...lockLines(immutable), '', `Type:  ${type}`, '', ...titled('Data', sizeLines(data))];
}

const lockLines = (immutable: boolean | undefined): readonly string[] =>
  immutable === true ? ['Immutable:  true'] : [];

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
