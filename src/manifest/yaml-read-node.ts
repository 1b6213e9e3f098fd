/** The yaml library's nodes to YamlNodes: aliases followed within bounds, `<<` merged, duplicate keys found, scalars as Kubernetes reads them. */
import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { formatFieldPath, quoteValue } from './field-problem.ts';
import { maxDepth } from './limits.ts';
import type { Span, YamlEntry, YamlNode } from './yaml-node.ts';
import { resolvePlainScalar, type ScalarValue } from './yaml-scalar.ts';

export interface YamlProblem {
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
  /** Kubernetes field path; absent: the whole document's */
  readonly field?: string;
  /** where a key that stands twice stands first */
  readonly first?: Span;
}

/** nodes that aliases may add to a document; the "billion laughs" needs more, a person's manifest a few dozen */
const maxAliasNodes = 10_000;

interface Reader {
  /** of the node being read */
  readonly path: (string | number)[];
  readonly problems: YamlProblem[];
  readonly anchors: Map<string, Node>;
  /** anchors whose node is being read: an alias to one would contain itself */
  readonly open: Set<Node>;
  aliasNodes: number;
  /** where the document itself, not a part of an alias' target, has the alias being followed */
  outerAlias: Span | undefined;
  stopped: boolean;
}

/** An empty document, one with nothing but comments, or a null: kubectl passes over them. */
export function isBareDocument(contents: Node | null): contents is null {
  return (
    contents === null ||
    (isScalar(contents) &&
      isPlain(contents) &&
      contents.tag === undefined &&
      resolvePlainScalar(contents.source ?? '') === null)
  );
}

/** Reads a document's content; with problems there is no root. */
export function readNode(contents: Node): { readonly root?: YamlNode; readonly problems: readonly YamlProblem[] } {
  const reader: Reader = {
    path: [],
    problems: [],
    anchors: new Map(),
    open: new Set(),
    aliasNodes: 0,
    outerAlias: undefined,
    stopped: false,
  };
  const root = read(reader, contents, 0);
  return reader.stopped ? { problems: reader.problems } : { root, problems: reader.problems };
}

function read(reader: Reader, node: unknown, depth: number): YamlNode {
  if (isAlias(node)) return readAlias(reader, node, depth);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return emptyAt(reader, node);
  const span = spanOf(node);
  if (reader.stopped || !withinBounds(reader, span, depth)) return { kind: 'scalar', span, value: null };
  if (node.anchor !== undefined) reader.anchors.set(node.anchor, node);
  reader.open.add(node);
  const result = isScalar(node)
    ? readScalar(reader, node, span)
    : isMap(node)
      ? readMap(reader, node, span, depth)
      : readList(reader, node, span, depth);
  reader.open.delete(node);
  return result;
}

function withinBounds(reader: Reader, span: Span, depth: number): boolean {
  if (depth > maxDepth) return stop(reader, span, `is nested deeper than ${maxDepth} levels`);
  if (reader.outerAlias !== undefined && ++reader.aliasNodes > maxAliasNodes) {
    return stop(reader, span, `aliases expand to more than ${maxAliasNodes} values`);
  }
  return true;
}

/** A bound was passed: what follows would only repeat it. */
function stop(reader: Reader, span: Span, message: string): false {
  complain(reader, { span: reader.outerAlias ?? span, message });
  reader.stopped = true;
  return false;
}

/** Past a bound the values are blanks, and complaints about them would mean nothing. */
function complain(reader: Reader, problem: YamlProblem): void {
  if (!reader.stopped) reader.problems.push(problem);
}

/** Values that come through an alias point to where the anchor's content stands. */
function readAlias(reader: Reader, alias: Alias, depth: number): YamlNode {
  const span = spanOf(alias);
  const target = reader.anchors.get(alias.source);
  if (target === undefined || reader.open.has(target)) {
    const message =
      target === undefined
        ? `alias *${alias.source} has no anchor before it`
        : `alias *${alias.source} contains itself`;
    complain(reader, { span, message });
    return { kind: 'scalar', span, value: null };
  }
  const outer = reader.outerAlias;
  reader.outerAlias = outer ?? span;
  const node = read(reader, target, depth);
  reader.outerAlias = outer;
  return node;
}

function readScalar(reader: Reader, scalar: Scalar, span: Span): YamlNode {
  const source = scalar.source ?? '';
  const plain = isPlain(scalar);
  const tag = scalar.tag?.replace('tag:yaml.org,2002:', '');
  if (tag === undefined || tag === '!') {
    return plain && tag === undefined
      ? { kind: 'scalar', span, value: resolvePlainScalar(source), plain: source }
      : { kind: 'scalar', span, value: source };
  }
  return { kind: 'scalar', span, value: readTagged(reader, tag, source, span) };
}

/** Explicit types; a tag of an application's own leaves a string, as go-yaml does. */
function readTagged(reader: Reader, tag: string, source: string, span: Span): ScalarValue {
  if (tag === 'binary') complain(reader, { span, message: 'the tag !!binary is not supported' });
  if (!['int', 'float', 'bool', 'null'].includes(tag)) return source;
  const value = resolvePlainScalar(source);
  const fits =
    tag === 'null' ? value === null : tag === 'bool' ? typeof value === 'boolean' : typeof value === 'number';
  if (!fits) complain(reader, { span, message: `${quoteValue(source)} is no !!${tag}` });
  return fits ? value : source;
}

function readList(reader: Reader, list: YAMLSeq, span: Span, depth: number): YamlNode {
  return { kind: 'list', span, items: list.items.map((item, index) => readBelow(reader, index, item, depth)) };
}

/** A part of the node being read. */
function readBelow(reader: Reader, part: string | number, node: unknown, depth: number): YamlNode {
  reader.path.push(part);
  const below = read(reader, node, depth + 1);
  reader.path.pop();
  return below;
}

function readMap(reader: Reader, map: YAMLMap, span: Span, depth: number): YamlNode {
  const entries = new Map<string, YamlEntry>();
  const merges: YamlNode[] = [];
  for (const pair of map.items) {
    if (isMergeKey(pair)) merges.push(read(reader, pair.value, depth));
    else readPair(reader, pair, entries, depth);
  }
  for (const merge of merges) mergeInto(reader, entries, merge);
  return { kind: 'map', span, entries };
}

function readPair(reader: Reader, pair: Pair, entries: Map<string, YamlEntry>, depth: number): void {
  const keyNode = read(reader, pair.key, depth + 1);
  const key = keyNode.span;
  if (keyNode.kind !== 'scalar') {
    complain(reader, { span: key, message: 'a map or a list cannot be the name of a field' });
    return;
  }
  if (keyNode.value === null) complain(reader, { span: key, message: 'the name of a field cannot be null' });
  const name = String(keyNode.value);
  const first = entries.get(name)?.key;
  const node =
    pair.value === null
      ? { kind: 'scalar' as const, span: { start: key.end, end: key.end }, value: null }
      : readBelow(reader, name, pair.value, depth);
  if (first === undefined) entries.set(name, { key, node });
  else {
    const field = formatFieldPath([...reader.path, name]);
    complain(reader, {
      span: key,
      message: `duplicate key ${quoteValue(name)}`,
      hint: 'remove one of them',
      field,
      first,
    });
  }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.source === '<<' && isPlain(pair.key) && pair.key.tag === undefined;
}

/** `<<: *base` or `<<: [*a, *b]`: what is written here wins, then the earlier source. */
function mergeInto(reader: Reader, entries: Map<string, YamlEntry>, merge: YamlNode): void {
  const sources = merge.kind === 'list' ? merge.items : [merge];
  for (const source of sources) {
    if (source.kind !== 'map') {
      complain(reader, { span: source.span, message: '<< needs a map or a list of maps' });
      continue;
    }
    for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
  }
}

function emptyAt(reader: Reader, node: unknown): YamlNode {
  if (isPair(node))
    complain(reader, {
      span: { start: 0, end: 0 },
      message: 'ordered pairs are not supported',
    });
  return { kind: 'scalar', span: { start: 0, end: 0 }, value: null };
}

function isPlain(scalar: Scalar): boolean {
  return scalar.type === undefined || scalar.type === 'PLAIN';
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
