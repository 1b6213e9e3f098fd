/** `kubectl describe configmap|secret`'s page; of a Secret the sizes, never the values. */
import type { DataObject } from '../protocol/api.ts';
import { decodeBase64 } from '../util/base64.ts';
import { describeMap } from './describe-map.ts';
import { alignColumns, cleanCell, describeColumns } from './tab-columns.ts';

/** The whole page, ending in a newline. */
export function describeData(object: DataObject): string {
  const { name, namespace, labels, annotations } = object.metadata;
  const head = [
    `Name:\t${name}`,
    `Namespace:\t${namespace}`,
    ...describeMap('Labels', labels, '='),
    ...describeMap('Annotations', annotations, ': '),
    ...(object.immutable === true ? ['Immutable:\ttrue'] : []),
  ];
  const lines = [...alignColumns(head, describeColumns), '', ...contentLines(object)];
  return `${lines.join('\n')}\n`;
}

function contentLines(object: DataObject): readonly string[] {
  if (object.kind === 'Secret')
    return [`Type:  ${object.type ?? ''}`, '', ...titled('Data', sizeLines(object.data ?? {}))];
  const texts = Object.entries(object.data ?? {}).sort(byKey);
  return [
    ...titled(
      'Data',
      texts.flatMap(([key, value]) => [`${key}:`, '----', ...value.split('\n').map(cleanCell), '']),
    ),
    '',
    ...titled('BinaryData', sizeLines(object.binaryData ?? {})),
  ];
}

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
