/** Copies of plain JSON values with parts left out. */
import type { FieldPath } from './field-problem.ts';

/** Maps whose keys are the user's own: a null there is an empty string, as Go decodes it, and not an absent field. */
const userMaps = new Set([
  ...['labels', 'annotations', 'matchLabels', 'nodeSelector', 'env', 'dependsOn'],
  ...['data', 'binaryData', 'stringData'],
]);
/** lists of strings in which Go decodes a null as an empty string */
const stringLists = new Set(['command', 'args']);

/** Kubernetes takes `field: null` as if the field were not there; so the fields with null are left out. List entries stay where they are. */
export function dropNulls(value: unknown, parent = ''): unknown {
  if (Array.isArray(value))
    return value.map((item) => (item === null && stringLists.has(parent) ? '' : dropNulls(item)));
  if (value === null || typeof value !== 'object') return value;
  const keepsNulls = userMaps.has(parent);
  const kept = Object.entries(value).filter(([, item]) => keepsNulls || item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, item === null ? '' : dropNulls(item, key)]));
}

interface PathTree {
  /** the value here is to go */
  cut: boolean;
  readonly children: Map<string | number, PathTree>;
}

/** The value with undefined at each of the given paths; what is missing there becomes present but undefined. */
export function withoutPaths(value: unknown, paths: readonly FieldPath[]): unknown {
  const tree: PathTree = { cut: false, children: new Map() };
  for (const path of paths) {
    let at = tree;
    for (const part of path) {
      const next = at.children.get(part) ?? { cut: false, children: new Map() };
      at.children.set(part, next);
      at = next;
    }
    at.cut = true;
  }
  return prune(value, tree);
}

function prune(value: unknown, tree: PathTree | undefined): unknown {
  if (tree === undefined) return value;
  if (tree.cut) return undefined;
  if (Array.isArray(value)) return value.map((item, index) => prune(item, tree.children.get(index)));
  if (value === null || typeof value !== 'object') return value;
  const cutKeys = [...tree.children].filter(([, child]) => child.cut).map(([key]) => [key, undefined]);
  const kept = Object.entries(value).map(([key, item]) => [key, prune(item, tree.children.get(key))]);
  return Object.fromEntries([...kept, ...cutKeys]);
}

/** Whether maps and lists stand in each other more than `levels` deep; looks no further than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1));
}
