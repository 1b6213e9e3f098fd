/** The fields of an overlay that say how to merge: `$patch` and the like (Kubernetes' strategic merge patch). */
import { closestWord } from '../util/closest-word.ts';
import { quoteValue, unsupported } from './field-problem.ts';
import { entryKey, mergeKeyOf } from './merge-keys.ts';
import type { MergePlace } from './merge-nodes.ts';
import type { Span, YamlNode } from './yaml-node.ts';

export const isDirective = (field: string): boolean => field.startsWith('$');

const patches = ['delete', 'replace', 'merge'] as const;
type Patch = (typeof patches)[number];

/** What `$patch` of a map says; `merge`, the default, when it is wrong. */
export function patchDirective({ entries }: Extract<YamlNode, { kind: 'map' }>, place: MergePlace): Patch {
  const node = entries.get('$patch')?.node;
  if (node === undefined) return 'merge';
  const value = node.kind === 'scalar' ? node.value : undefined;
  const patch = patches.find((word) => word === value);
  if (patch !== undefined) return patch;
  const near = typeof value === 'string' ? closestWord(value, patches) : undefined;
  place.problems.push({
    ...{ span: node.span, path: [...place.path, '$patch'], message: unsupported(value ?? `a ${node.kind}`, patches) },
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  });
  return 'merge';
}

const listDirectives = ['$retainKeys', '$setElementOrder', '$deleteFromPrimitiveList'] as const;

export interface ListDirective {
  readonly directive: (typeof listDirectives)[number];
  /** the list it is about; empty for $retainKeys */
  readonly field: string;
  readonly items: readonly YamlNode[];
}

/** `$setElementOrder/env: […]` and its like taken apart; undefined, and a complaint, when it is none. */
export function listDirective(name: string, key: Span, node: YamlNode, place: MergePlace): ListDirective | undefined {
  const [word = '', field = ''] = name.split('/');
  const directive = listDirectives.find((known) => known === word);
  const path = [...place.path, name];
  if (directive === undefined || (directive === '$retainKeys') !== (field === '')) {
    const near = closestWord(word, ['$patch', ...listDirectives]);
    const forms = '$patch, $retainKeys, $setElementOrder/LIST and $deleteFromPrimitiveList/LIST';
    const hint = near === undefined || near === word ? `there are ${forms}` : `did you mean "${near}"?`;
    place.problems.push({ span: key, path, message: `unknown directive ${quoteValue(name)}`, hint });
    return undefined;
  }
  if (node.kind === 'list') return { directive, field, items: node.items };
  place.problems.push({ span: key, path, message: `must be a list, not a ${node.kind}` });
  return undefined;
}

/**
 * The list with those of its entries that `order` names in that order, at the places that they had among the others. Names of
 * entries that are not there mean nothing.
 */
export function orderEntries(
  list: Extract<YamlNode, { kind: 'list' }>,
  order: readonly YamlNode[],
  field: string,
): Extract<YamlNode, { kind: 'list' }> {
  const keys = mergeKeyOf(field);
  const nameOf = (node: YamlNode): string | undefined =>
    node.kind === 'scalar' ? String(node.value) : keys === undefined ? undefined : entryKey(node, keys);
  const ranks = new Map(order.map((node, rank) => [nameOf(node), rank]));
  ranks.delete(undefined);
  const rankOf = (node: YamlNode): number | undefined => ranks.get(nameOf(node));
  const ordered = list.items
    .filter((item) => rankOf(item) !== undefined)
    .sort((a, b) => (rankOf(a) ?? 0) - (rankOf(b) ?? 0))
    .values();
  return {
    ...list,
    items: list.items.map((item) => (rankOf(item) === undefined ? item : (ordered.next().value ?? item))),
  };
}
