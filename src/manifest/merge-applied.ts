/**
 * kubectl apply's three-way merge, of plain JSON: what was applied before, what there is now, what is applied. Lists with a merge key are
 * merged entry by entry, in the order that Kubernetes gives them (apimachinery strategicpatch). Pure.
 */
import { keyOfFields, mergeKeyOf, rivalsOf } from './merge-keys.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What `wanted` says, with what neither it nor `before` names as it is `now`; `name`: of the field, `containers[]` of an entry. */
export function mergeApplied(before: unknown, now: unknown, wanted: unknown, name = ''): unknown {
  if (isFields(now) && isFields(wanted)) return mergeFields(isFields(before) ? before : {}, now, wanted, name);
  const keys = mergeKeyOf(name);
  const lists = keys && [before ?? [], now, wanted].map((list) => entriesOf(list, keys));
  const [known, there, asked] = lists ?? [];
  return known && there && asked ? mergeEntries(known, there, asked, `${name}[]`) : wanted;
}

/** Whoever adds a label need not know that there is no other: all others of such a map stay when it leaves the file as a whole. */
const openMaps: ReadonlySet<string> = new Set(['labels', 'annotations']);

function mergeFields(before: Fields, now: Fields, wanted: Fields, name: string): Fields {
  const rivals = rivalsIn(now, wanted, name);
  const merged = Object.entries(wanted).map(([field, value]): [string, unknown] => [
    field,
    Object.hasOwn(now, field) ? mergeApplied(before[field], now[field], value, field) : value,
  ]);
  const kept = Object.entries(now).flatMap(([field, value]): [string, unknown][] => {
    if (Object.hasOwn(wanted, field) || rivals.has(field)) return [];
    if (!Object.hasOwn(before, field)) return [[field, value]];
    const rest = openMaps.has(field) ? mergeApplied(before[field], value, {}, field) : {};
    return isFields(rest) && Object.keys(rest).length > 0 ? [[field, rest]] : [];
  });
  return Object.fromEntries([...merged, ...kept]);
}

/** What cannot stay beside what is wanted: another handler of a probe, what belongs to another type of update strategy. */
function rivalsIn(now: Fields, wanted: Fields, name: string): ReadonlySet<string> {
  const fields = [...Object.keys(now), ...Object.keys(wanted)];
  const isStrategy = name === 'strategy' || name === 'updateStrategy';
  if (isStrategy && wanted.type !== undefined && wanted.type !== now.type) return new Set(fields);
  return new Set(Object.keys(wanted).flatMap((field) => rivalsOf(field, name, fields)));
}

type Entries = ReadonlyMap<string, Fields>;

/** Undefined where it is no list whose entries are all known by keys of their own. */
function entriesOf(list: unknown, keys: readonly string[]): Entries | undefined {
  if (!Array.isArray(list) || !list.every(isFields)) return undefined;
  const entries = new Map<string, Fields>();
  for (const entry of list) {
    const key = keyOfFields((field) => entry[field], keys);
    if (key === undefined || entries.has(key)) return undefined;
    entries.set(key, entry);
  }
  return entries;
}

function mergeEntries(before: Entries, now: Entries, wanted: Entries, name: string): readonly unknown[] {
  const order = [...now.keys()];
  const others = order.filter((key) => !wanted.has(key) && !before.has(key));
  const merged = [...wanted].map(([key, entry]): [string, unknown] => {
    const there = now.get(key);
    return [key, there === undefined ? entry : mergeApplied(before.get(key), there, entry, name)];
  });
  let rest = others;
  const result = merged.flatMap(([key, entry]) => {
    // What others added stays before the entries that it stood before.
    const ahead = rest.filter((other) => order.indexOf(other) < order.indexOf(key));
    rest = rest.slice(ahead.length);
    return [...ahead.map((other) => now.get(other)), entry];
  });
  return [...result, ...rest.map((key) => now.get(key))];
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
