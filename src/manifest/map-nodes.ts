/** YamlNodes with some of them changed. */
import type { FieldPath } from './field-problem.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

/** What stands in the place of a node; the same object when nothing is to change. Keys are no nodes. */
export type ChangeNode = (node: YamlNode, path: FieldPath) => YamlNode;

/** The same tree with `change` applied to every node, inner ones first; what does not change is the same object. */
export function mapNodes(node: YamlNode, change: ChangeNode, path: FieldPath = []): YamlNode {
  switch (node.kind) {
    case 'scalar':
      return change(node, path);
    case 'list': {
      const items = node.items.map((item, index) => mapNodes(item, change, [...path, index]));
      const isSame = items.every((item, index) => item === node.items[index]);
      return change(isSame ? node : { ...node, items }, path);
    }
    case 'map': {
      const entries = new Map<string, YamlEntry>();
      for (const [key, entry] of node.entries) entries.set(key, mapEntry(entry, change, [...path, key]));
      const isSame = [...entries].every(([key, entry]) => entry === node.entries.get(key));
      return change(isSame ? node : { ...node, entries }, path);
    }
  }
}

function mapEntry(entry: YamlEntry, change: ChangeNode, path: FieldPath): YamlEntry {
  const node = mapNodes(entry.node, change, path);
  return node === entry.node ? entry : { ...entry, node };
}
