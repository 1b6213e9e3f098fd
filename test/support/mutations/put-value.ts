/** Puts values into copies of plain objects by path: `spec.containers[0].env`, `metadata.labels['a/b']`. */

type Key = string | number;
type Node = Record<Key, unknown>;

/** `['spec', 'containers', 0]`; keys that are no plain word stand in `['…']`. */
export function parsePath(text: string): Key[] {
  const parts = [...text.matchAll(/\['(.*?)'\]|\[(\d+)\]|([^.[\]]+)/gs)];
  return parts.map(([, quoted, index, word]) => quoted ?? (index === undefined ? (word as string) : Number(index)));
}

/** A copy with the value at the path, objects and lists made on the way; undefined takes the field away. */
export function withValue(object: unknown, [key, ...rest]: readonly Key[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (
    Array.isArray(object) ? [...object] : object === undefined && typeof key === 'number' ? [] : { ...(object as Node) }
  ) as Node;
  const inner = rest.length === 0 ? value : withValue(copy[key], rest, value);
  if (inner !== undefined) copy[key] = inner;
  else if (Array.isArray(copy)) copy.splice(key as number, 1);
  else delete copy[key];
  return copy;
}
