import { expect, test } from 'vitest';
import { mergeChanges } from '../../../src/dev/merge-changes.ts';
import type { FileChange } from '../../../src/model/dev-rule.ts';

type Kind = FileChange['kind'];

test.each<[Kind, Kind, Kind | undefined]>([
  ['added', 'changed', 'added'],
  ['added', 'removed', undefined],
  ['changed', 'changed', 'changed'],
  ['changed', 'removed', 'removed'],
  ['removed', 'added', 'changed'],
])('%s and then %s is %s', (earlier, later, net) => {
  const merged = mergeChanges([{ path: '/a', kind: earlier }], [{ path: '/a', kind: later }]);
  expect(merged).toEqual(net === undefined ? [] : [{ path: '/a', kind: net }]);
});

test('other files stay', () => {
  const merged = mergeChanges([{ path: '/a', kind: 'added' }], [{ path: '/b', kind: 'removed' }]);
  expect(merged.map(({ path }) => path)).toEqual(['/a', '/b']);
});
