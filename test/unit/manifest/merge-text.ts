/** Merging for tests: YAML in, plain values out. */
import { expect } from 'vitest';
import { formatFieldPath } from '../../../src/manifest/field-problem.ts';
import { type MergeProblem, mergeNodes, type YamlMap } from '../../../src/manifest/merge-nodes.ts';
import { readYamlDocuments } from '../../../src/manifest/yaml-document.ts';
import { plainValue, type YamlNode } from '../../../src/manifest/yaml-node.ts';

/** The one document of a text, a map. */
export function nodeOf(text: string): YamlMap {
  const [document] = readYamlDocuments(text);
  expect(document?.problems).toEqual([]);
  if (document?.root?.kind !== 'map') throw new Error('not a map');
  return document.root;
}

/** The merged value, or what is wrong. */
export function merge(base: string, ...overlays: readonly string[]): unknown {
  const problems: MergeProblem[] = [];
  let node: YamlNode | undefined = nodeOf(base);
  for (const overlay of overlays) {
    if (node?.kind === 'map') node = mergeNodes(node, nodeOf(overlay), problems);
  }
  if (problems.length > 0) {
    return problems.map(
      ({ path, message, hint }) => `${formatFieldPath(path)}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
    );
  }
  return node === undefined ? undefined : plainValue(node);
}
