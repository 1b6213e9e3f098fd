/** A YAML document as plain values that remember where they were written. */
import type { FieldPath } from './field-problem.ts';
import type { SourceText } from './source-text.ts';
import type { ScalarValue } from './yaml-scalar.ts';

/** The piece of text that spans count in. */
export interface Origin {
  /** as diagnostics name it */
  readonly file: string;
  readonly source: SourceText;
  /** a Secret's: its lines are not shown */
  readonly isSecret?: boolean;
}

/** Offsets in the piece of text it was read from; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** absent: that of the document it is a part of */
  readonly origin?: Origin;
}

export type YamlNode =
  | YamlScalar
  | { readonly kind: 'list'; readonly span: Span; readonly items: readonly YamlNode[] }
  | { readonly kind: 'map'; readonly span: Span; readonly entries: ReadonlyMap<string, YamlEntry> };

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly value: ScalarValue;
  /** the source of an unquoted scalar */
  readonly plain?: string;
  /** of a quoted text whose variables were put in: what it would be without quotes, where that is a number or boolean */
  readonly unquoted?: number | boolean;
  /** what is wrong with its variables was said: the value means nothing */
  readonly unresolved?: true;
}

export interface YamlEntry {
  readonly key: Span;
  readonly node: YamlNode;
}

/** The plain JSON value of a node. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.node)]));
  }
}

export interface Place {
  readonly span: Span;
  /** the node at the end of the path, when it is there */
  readonly node?: YamlNode;
}

/**
 * Where to point for a problem at `path`. For a scalar: itself; for a map or list, or when the key is at fault: its key;
 * for something missing: the nearest thing around it that is there.
 */
export function placeOf(root: YamlNode, path: FieldPath, atKey: boolean): Place {
  let node = root;
  let label: Span | undefined;
  for (const part of path) {
    const next = child(node, part);
    if (next === undefined) return { span: label ?? firstSpan(node) };
    label = next.key;
    node = next.node;
  }
  const pointAtKey = label !== undefined && (atKey || node.kind !== 'scalar' || node.span.start === node.span.end);
  return { span: pointAtKey && label !== undefined ? label : firstSpan(node), node };
}

function child(
  node: YamlNode,
  part: string | number,
): { readonly key: Span | undefined; readonly node: YamlNode } | undefined {
  if (node.kind === 'map') return node.entries.get(String(part));
  const item = node.kind === 'list' && typeof part === 'number' ? node.items[part] : undefined;
  return item === undefined ? undefined : { key: undefined, node: item };
}

/** A map is shown by its first key, a list by its first item. */
function firstSpan(node: YamlNode): Span {
  if (node.kind === 'map') return node.entries.values().next().value?.key ?? node.span;
  const first = node.kind === 'list' ? node.items[0] : undefined;
  return first === undefined ? node.span : firstSpan(first);
}
