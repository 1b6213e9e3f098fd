/** Differences between two plain JSON values, field by field. Pure. */
import { changedSecretText, secretText } from '../protocol/objects.ts';
import { sameJson } from '../util/same-json.ts';

export interface ValueChange {
  /** keys from the root; an item of a list with a merge key is `[key]` */
  readonly path: readonly string[];
  readonly from: unknown;
  readonly to: unknown;
}

/** Lists whose items all have their own merge key are compared by it, whatever their order; other lists as one value. */
export function diffValues(from: unknown, to: unknown, path: readonly string[] = []): readonly ValueChange[] {
  if (sameJson(from, to)) return [];
  const name = path.at(-1) ?? '';
  const before = children(from ?? absentMeans[name], name);
  const after = children(to ?? absentMeans[name], name);
  if (before === undefined || after === undefined) return [{ path, from, to }];
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => diffValues(before.get(key), after.get(key), [...path, key]));
}

/** Maps whose parts cost differently: they are told part by part, also when the whole map comes or goes. */
const absentMeans: Readonly<Record<string, unknown>> = { securityContext: {} };

/** The value with something else at the path, undefined: without it. What leads there and is missing is made. */
export function replaceAt(value: unknown, path: readonly string[], to: unknown, list = ''): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (!key.startsWith('[')) {
    const fields = isRecord(value) ? value : {};
    return { ...fields, [key]: replaceAt(fields[key], rest, to, key) };
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const index = indexOf(items, key, list);
  const item = replaceAt(items[index], rest, to);
  const kept = index === -1 ? [...items, item] : items.map((other, at) => (at === index ? item : other));
  return kept.filter((one) => one !== undefined);
}

/** What stands at the path; undefined: nothing. */
export function valueAt(value: unknown, path: readonly string[], list = ''): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (!key.startsWith('[')) return isRecord(value) ? valueAt(value[key], rest, key) : undefined;
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return valueAt(items[indexOf(items, key, list)], rest);
}

function indexOf(items: readonly unknown[], key: string, list: string): number {
  const wanted = key.slice(1, -1);
  return items.findIndex((item) => mergeKey(list, item) === wanted);
}

/** A changed value that must not be shown. */
export function maskChange({ from, to }: Omit<ValueChange, 'path'>): Omit<ValueChange, 'path'> {
  return {
    from: from === undefined ? undefined : secretText,
    to: to === undefined ? undefined : from === undefined ? secretText : changedSecretText,
  };
}

/** `spec.containers[server].env[PORT].value`; keys that are no plain words are quoted: `metadata.labels['a.b/c']`. */
export function formatPath(path: readonly string[]): string {
  return path.reduce((text, key) => {
    if (key.startsWith('[')) return text + key;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}['${key}']`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function children(value: unknown, list: string): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(value)) return isRecord(value) ? new Map(Object.entries(value)) : undefined;
  const keyed = value.map((item): [string | undefined, unknown] => [mergeKey(list, item), item]);
  const unique = new Set(keyed.map(([key]) => key));
  if (unique.has(undefined) || unique.size !== keyed.length) return undefined;
  return new Map(keyed.map(([key, item]) => [`[${key}]`, item]));
}

/** Kubernetes' patchMergeKey where it is not `name` (core/v1 types.go); a port is known by its protocol too. */
const mergeKeys: Readonly<Record<string, string>> = {
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
};

function mergeKey(list: string, item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const field = Object.hasOwn(mergeKeys, list) ? (mergeKeys[list] ?? 'name') : 'name';
  // a Service's ports
  const key = item[field] ?? (list === 'ports' ? item.port : undefined);
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  const { protocol } = item;
  return list === 'ports' && typeof protocol === 'string' && protocol !== 'TCP' ? `${key}/${protocol}` : String(key);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
