/**
 * One document merged onto another as `kubectl patch --type strategic` does (apimachinery strategicpatch): maps field by field, lists
 * by key where Kubernetes knows one, everything else replaced; null removes. Every value keeps the place where it was written.
 */
import type { FieldPath } from './field-problem.ts';
import { quoteValue } from './field-problem.ts';
import { isDirective, type ListDirective, listDirective, orderEntries, patchDirective } from './merge-directives.ts';
import { entryKey, isSetOfWords, mergeKeyOf, nodeAt, rivalsOf } from './merge-keys.ts';
import type { Span, YamlEntry, YamlNode } from './yaml-node.ts';

export interface MergeProblem {
  readonly span: Span;
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

export type YamlMap = Extract<YamlNode, { kind: 'map' }>;
export type YamlList = Extract<YamlNode, { kind: 'list' }>;

/** The merged document; undefined when `$patch: delete` removes all of it. What is wrong with the overlay is added to `problems`. */
export function mergeNodes(base: YamlMap, overlay: YamlMap, problems: MergeProblem[]): YamlMap | undefined {
  return mergeMap(base, overlay, { path: [], problems });
}

/** Where in the document, and where complaints go. */
export interface MergePlace {
  readonly path: FieldPath;
  readonly problems: MergeProblem[];
}

const inside = ({ path, problems }: MergePlace, part: string | number): MergePlace => ({
  path: [...path, part],
  problems,
});

/** The name of the field that a value belongs to; of a list's entry, the list's. */
const fieldOf = ({ path }: MergePlace): string => {
  const last = path.at(-1);
  return typeof last === 'string' ? last : String(path.at(-2) ?? '');
};

/** What `rivalsOf` calls a map. */
const mapOf = (place: MergePlace): string =>
  typeof place.path.at(-1) === 'number' ? `${fieldOf(place)}[]` : fieldOf(place);

/** Undefined: the field is to go. */
function mergeValue(base: YamlNode | undefined, overlay: YamlNode, place: MergePlace): YamlNode | undefined {
  if (fieldOf(place) === 'env' && base !== undefined && isMixed(base, overlay)) {
    return mergeValue(asList(base, 'base'), asList(overlay, 'overlay'), place);
  }
  switch (overlay.kind) {
    case 'scalar':
      if (overlay.value === null) return undefined;
      return base?.kind === 'scalar' && base.value === overlay.value ? base : overlay;
    case 'map':
      return mergeMap(base?.kind === 'map' ? base : undefined, overlay, place);
    case 'list':
      return mergeList(base?.kind === 'list' ? base : undefined, overlay, place);
  }
}

function mergeMap(base: YamlMap | undefined, overlay: YamlMap, place: MergePlace): YamlMap | undefined {
  const directive = patchDirective(overlay, place);
  if (directive === 'delete') return undefined;
  const kept = directive === 'replace' ? undefined : base;
  const entries = new Map<string, YamlEntry>(kept?.entries);
  for (const [name, entry] of overlay.entries) {
    if (!isDirective(name)) mergeEntry(entries, name, entry, inside(place, name));
  }
  dropRivals(entries, overlay, place);
  applyDirectives(entries, overlay, place);
  return { kind: 'map', span: (kept ?? overlay).span, entries };
}

function mergeEntry(entries: Map<string, YamlEntry>, name: string, entry: YamlEntry, place: MergePlace): void {
  const before = entries.get(name);
  const node = mergeValue(before?.node, entry.node, place);
  if (node === undefined) entries.delete(name);
  else if (before === undefined || node.span !== before.node.span) entries.set(name, { key: entry.key, node });
  else entries.set(name, { key: before.key, node });
}

/** A document that has both could never be valid. */
function dropRivals(entries: Map<string, YamlEntry>, overlay: YamlMap, place: MergePlace): void {
  for (const [name, { node }] of overlay.entries) {
    if (node.kind === 'scalar' && node.value === null) continue;
    for (const rival of rivalsOf(name, mapOf(place), [...entries.keys()])) {
      if (!overlay.entries.has(rival)) entries.delete(rival);
    }
  }
}

function applyDirectives(entries: Map<string, YamlEntry>, overlay: YamlMap, place: MergePlace): void {
  for (const [name, { key, node }] of overlay.entries) {
    if (!isDirective(name) || name === '$patch') continue;
    const directive = listDirective(name, key, node, place);
    if (directive !== undefined) applyDirective(entries, overlay, { ...directive, key }, place);
  }
}

function applyDirective(
  entries: Map<string, YamlEntry>,
  overlay: YamlMap,
  { directive, field, items, key }: ListDirective & { readonly key: Span },
  place: MergePlace,
): void {
  if (directive === '$retainKeys') return retainKeys(entries, overlay, { items, key }, place);
  const entry = entries.get(field);
  if (entry?.node.kind !== 'list') return;
  const list = directive === '$setElementOrder' ? orderEntries(entry.node, items, field) : without(entry.node, items);
  entries.set(field, { key: entry.key, node: list });
}

/** All that is not named goes; what the overlay gives must be named. */
function retainKeys(
  entries: Map<string, YamlEntry>,
  overlay: YamlMap,
  { items, key }: Pick<ListDirective, 'items'> & { readonly key: Span },
  { path, problems }: MergePlace,
): void {
  const names = new Set(items.map((item) => (item.kind === 'scalar' ? String(item.value) : '')));
  const forgotten = [...overlay.entries.keys()].find((name) => !isDirective(name) && !names.has(name));
  if (forgotten !== undefined) {
    problems.push({
      span: key,
      path,
      message: `$retainKeys must name ${quoteValue(forgotten)} too, which is given here`,
    });
  }
  for (const name of [...entries.keys()]) if (!names.has(name)) entries.delete(name);
}

function without(list: YamlList, items: readonly YamlNode[]): YamlList {
  const gone = new Set(items.map((item) => (item.kind === 'scalar' ? item.value : undefined)));
  return { ...list, items: list.items.filter((item) => item.kind !== 'scalar' || !gone.has(item.value)) };
}

function mergeList(base: YamlList | undefined, overlay: YamlList, place: MergePlace): YamlList {
  const list = fieldOf(place);
  const keys = mergeKeyOf(list);
  if (keys !== undefined) return mergeKeyed(base, overlay, keys, place);
  if (!isSetOfWords(list) || base === undefined) return overlay;
  const added = overlay.items.filter((item) => !base.items.some((had) => isSameScalar(had, item)));
  return { ...base, items: [...base.items, ...added] };
}

const isSameScalar = (a: YamlNode, b: YamlNode): boolean =>
  a.kind === 'scalar' && b.kind === 'scalar' && a.value === b.value;

function mergeKeyed(
  base: YamlList | undefined,
  overlay: YamlList,
  keys: readonly string[],
  place: MergePlace,
): YamlList {
  const replaces = overlay.items.some((item) => isReplaceMark(item, keys));
  const kept = replaces ? undefined : base;
  const merged: Merged = { items: [...(kept?.items ?? [])], byKey: new Map(), given: new Set() };
  merged.items.forEach((item, index) => {
    const key = item === undefined ? undefined : entryKey(item, keys);
    if (key !== undefined && !merged.byKey.has(key)) merged.byKey.set(key, index);
  });
  overlay.items.forEach((item, index) => {
    if (!isReplaceMark(item, keys)) mergeItem(merged, item, keys, inside(place, index));
  });
  const items = merged.items.filter((item) => item !== undefined);
  return { kind: 'list', span: (kept ?? overlay).span, items };
}

interface Merged {
  /** undefined where one was removed */
  readonly items: (YamlNode | undefined)[];
  readonly byKey: Map<string, number>;
  /** keys that the overlay gave */
  readonly given: Set<string>;
}

/** `- $patch: replace` without a key: the list is what else stands in it. */
function isReplaceMark(item: YamlNode, keys: readonly string[]): boolean {
  const directive = item.kind === 'map' ? item.entries.get('$patch')?.node : undefined;
  return directive?.kind === 'scalar' && directive.value === 'replace' && entryKey(item, keys) === undefined;
}

function mergeItem(merged: Merged, item: YamlNode, keys: readonly string[], place: MergePlace): void {
  const key = entryKey(item, keys);
  if (item.kind !== 'map' || key === undefined) {
    merged.items.push(item);
    if (item.kind === 'map') complainOfKey(item, keys, place);
    return;
  }
  if (merged.given.has(key)) complainOfTwice(item, keys, place);
  merged.given.add(key);
  const index = merged.byKey.get(key) ?? merged.items.length;
  const before = merged.items[index];
  merged.byKey.set(key, index);
  merged.items[index] = mergeMap(before?.kind === 'map' ? before : undefined, item, place);
}

function complainOfKey(item: YamlMap, keys: readonly string[], { path, problems }: MergePlace): void {
  const list = String(path.at(-2));
  const message = `Required value: entries of ${list} are merged by their ${keys[0]}`;
  problems.push({ span: firstKey(item), path: [...path, ...(keys[0] ?? '').split('.')], message });
}

function complainOfTwice(item: YamlMap, keys: readonly string[], { path, problems }: MergePlace): void {
  const key = keys[0] ?? '';
  const node = nodeAt(item, key);
  const value = node?.kind === 'scalar' ? node.value : '';
  problems.push({
    ...{
      span: node?.span ?? item.span,
      path: [...path, ...key.split('.')],
      message: `Duplicate value: ${quoteValue(value)}`,
    },
    hint: 'put the two entries together',
  });
}

const firstKey = (map: YamlMap): Span => map.entries.values().next().value?.key ?? map.span;

const isMixed = (base: YamlNode, overlay: YamlNode): boolean =>
  (base.kind === 'map' && overlay.kind === 'list') || (base.kind === 'list' && overlay.kind === 'map');

/** `env` of a program is a list or a map; where one file has the one and one the other, both are lists. */
function asList(env: YamlNode, side: 'base' | 'overlay'): YamlNode {
  if (env.kind !== 'map') return env;
  const items = [...env.entries].map(([name, { key, node }]): YamlNode => {
    const word = (value: string): YamlNode => ({ kind: 'scalar', span: node.span, value });
    const isNull = node.kind === 'scalar' && node.value === null;
    const value: readonly [string, YamlNode] =
      isNull && side === 'overlay' ? ['$patch', word('delete')] : ['value', isNull ? word('') : node];
    const fields = new Map([['name', { key, node: { kind: 'scalar', span: key, value: name } as YamlNode }]]);
    return { kind: 'map', span: key, entries: fields.set(value[0], { key, node: value[1] }) };
  });
  return { kind: 'list', span: env.span, items };
}
