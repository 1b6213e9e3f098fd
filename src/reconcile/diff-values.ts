/** Differences between two plain JSON values, field by field. Pure. */
import { sameJson } from '../util/same-json.ts';

export interface ValueChange {
  /** keys from the root; an item of a list of named things is `[name]` */
  readonly path: readonly string[];
  readonly from: unknown;
  readonly to: unknown;
}

/** Lists whose items all have a `name` are compared by name, whatever their order; other lists as one value. */
export function diffValues(from: unknown, to: unknown, path: readonly string[] = []): readonly ValueChange[] {
  if (sameJson(from, to)) return [];
  const before = children(from);
  const after = children(to);
  if (before === undefined || after === undefined) return [{ path, from, to }];
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => diffValues(before.get(key), after.get(key), [...path, key]));
}

/** `spec.containers[server].env[PORT].value`; keys that are no plain words are quoted: `metadata.labels['a.b/c']`. */
export function formatPath(path: readonly string[]): string {
  return path.reduce((text, key) => {
    if (key.startsWith('[')) return text + key;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}['${key}']`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function children(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((item): [string | undefined, unknown] => [nameOf(item), item]);
  const unique = new Set(named.map(([name]) => name));
  if (unique.has(undefined) || unique.size !== named.length) return undefined;
  return new Map(named.map(([name, item]) => [`[${name}]`, item]));
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('name' in item)) return undefined;
  return typeof item.name === 'string' ? item.name : undefined;
}
