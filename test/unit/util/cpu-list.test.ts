import { describe, expect, test } from 'vitest';
import { formatCpuList, isWithinCpuList, parseCpuList } from '../../../src/util/cpu-list.ts';

describe('parseCpuList', () => {
  test.each([
    ['0', '0'],
    ['0-1', '0-1'],
    ['3,0-1', '0-1,3'],
    ['0,1,2', '0-2'],
    ['0-3,2-5', '0-5'],
    [' 1 , 2 ', '1-2'],
    ['7-7', '7'],
    ['0-5,1', '0-5'],
  ])('reads %s as %s', (written, canonical) => {
    expect(formatCpuList(parseCpuList(written) ?? [])).toBe(canonical);
  });

  test.each(['', ',', '1,', '-1', '1-0', '0x1', '01', '1.5', 'a', '0-', '0--1', '0-2:2', '1 2', '9999999', '0\n1'])(
    'refuses %j',
    (written) => {
      expect(parseCpuList(written)).toBeUndefined();
    },
  );
});

test.each([
  ['0', '0-1', true],
  ['0-1', '0', false],
  ['1,3', '0-3', true],
  ['0-3', '0-1,2-3', true],
  ['0,5', '0-3,6', false],
])('%s within %s: %s', (inner, outer, expected) => {
  expect(isWithinCpuList(parseCpuList(inner) ?? [], parseCpuList(outer) ?? [])).toBe(expected);
});
