import { describe, expect, test } from 'vitest';
import { merge } from './merge-text.ts';

type Case = readonly [name: string, base: string, overlay: string, merged: unknown];

describe('directives', () => {
  test.each<Case>([
    [
      '$patch: delete removes an entry',
      'env: [{name: A}, {name: B}]',
      'env: [{name: A, $patch: delete}, {name: X, $patch: delete}]',
      { env: [{ name: 'B' }] },
    ],
    ['$patch: delete removes a map', 'm: {a: 1}\nb: 1', 'm: {$patch: delete}', { b: 1 }],
    ['$patch: delete removes the document', 'a: 1', '$patch: delete', undefined],
    ['$patch: replace replaces a map', 'm: {a: 1}', 'm: {$patch: replace, b: 2}', { m: { b: 2 } }],
    [
      '$patch: replace replaces an entry',
      'env: [{name: A, value: x}]',
      'env: [{name: A, $patch: replace, valueFrom: {}}]',
      { env: [{ name: 'A', valueFrom: {} }] },
    ],
    [
      '$patch: replace alone in a list replaces the list',
      'env: [{name: A}, {name: B}]',
      'env: [{name: C}, {$patch: replace}]',
      { env: [{ name: 'C' }] },
    ],
    ['$patch: merge is what happens anyway', 'm: {a: 1}', 'm: {$patch: merge, b: 2}', { m: { a: 1, b: 2 } }],
    [
      '$retainKeys keeps those alone',
      'm: {type: a, rolling: {x: 1}, other: 1}',
      'm: {$retainKeys: [type], type: b}',
      { m: { type: 'b' } },
    ],
    [
      '$deleteFromPrimitiveList takes words out',
      'finalizers: [a, b, c]',
      '$deleteFromPrimitiveList/finalizers: [b, x]\nfinalizers: [d]',
      { finalizers: ['a', 'c', 'd'] },
    ],
    [
      '$setElementOrder orders entries by key',
      'env: [{name: A}, {name: B}, {name: C}]',
      '$setElementOrder/env: [{name: D}, {name: C}, {name: A}, {name: none}]\nenv: [{name: D}]',
      { env: [{ name: 'D' }, { name: 'B' }, { name: 'C' }, { name: 'A' }] },
    ],
    [
      '$setElementOrder orders words',
      'finalizers: [a, b]',
      '$setElementOrder/finalizers: [c, b, a]\nfinalizers: [c]',
      { finalizers: ['c', 'b', 'a'] },
    ],
    [
      'in what is new leave no trace',
      'a: 1',
      'm: {$patch: replace, b: {$patch: delete}, c: 2}\n$setElementOrder/x: []',
      { a: 1, m: { c: 2 } },
    ],
  ])('%s', (_, base, overlay, merged) => expect(merge(base, overlay)).toEqual(merged));

  test.each<[string, string, string]>([
    [
      'an unknown one is named',
      'm: {$retainKey: [a]}',
      'm.[$retainKey]: unknown directive "$retainKey" (did you mean "$retainKeys"?)',
    ],
    [
      'one without its list',
      '$setElementOrder: [a]',
      '[$setElementOrder]: unknown directive "$setElementOrder" (there are $patch, $retainKeys, $setElementOrder/LIST and $deleteFromPrimitiveList/LIST)',
    ],
    ['one that is no list', '$retainKeys: a', '[$retainKeys]: must be a list, not a scalar'],
    [
      'a wrong word',
      'm: {$patch: remove}',
      'm.[$patch]: Unsupported value: "remove": supported values: "delete", "replace", "merge"',
    ],
    [
      'a near miss',
      'm: {$patch: deleted}',
      'm.[$patch]: Unsupported value: "deleted": supported values: "delete", "replace", "merge" (did you mean "delete"?)',
    ],
    [
      '$retainKeys that forgets a field',
      'm: {$retainKeys: [a], b: 1}',
      'm: $retainKeys must name "b" too, which is given here',
    ],
    [
      'an entry without its key',
      'env: [{value: x}]',
      'env[0].name: Required value: entries of env are merged by their name',
    ],
    [
      'an entry given twice',
      'env: [{name: A}, {name: A}]',
      'env[1].name: Duplicate value: "A" (put the two entries together)',
    ],
  ])('%s', (_, overlay, problem) => {
    expect(merge('m: {a: 1}\nenv: [{name: A}]', overlay)).toEqual([problem.replaceAll('.[', '[')]);
  });
});
