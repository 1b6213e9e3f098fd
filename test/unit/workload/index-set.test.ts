import { expect, test } from 'vitest';
import { formatIndexes, parseIndexes } from '../../../src/workload/index-set.ts';

test.each<[readonly number[], string]>([
  [[], ''],
  [[3], '3'],
  [[3, 4], '3,4'],
  [[4, 0, 1, 2], '0-2,4'],
  [[0, 2, 4, 5, 6, 7, 9, 10], '0,2,4-7,9,10'],
])('indexes %j are written as %j, and read back', (indexes, text) => {
  expect(formatIndexes(new Set(indexes))).toBe(text);
  expect([...parseIndexes(text, 100)]).toEqual([...indexes].sort((left, right) => left - right));
});

test('indexes beyond the end and what is no index are left out, however large a range is', () => {
  expect([...parseIndexes('0,2-9999999999,x,-3, 1', 4)]).toEqual([0, 2, 3, 1]);
  expect([...parseIndexes(undefined, 4)]).toEqual([]);
});
