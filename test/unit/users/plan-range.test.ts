import { describe, expect, test } from 'vitest';
import { freeBases, overlaps, parseUsersRange } from '../../../src/users/plan-range.ts';
import { hintOf } from '../../../src/util/pod-error.ts';

describe('parseUsersRange', () => {
  test.each([
    ['by default below 2³¹ and above everybody else’s', undefined, { base: 1_879_048_192, size: 268_304_384 }],
    ['by default when empty', '', { base: 1_879_048_192, size: 268_304_384 }],
    ['as written', '131072-196607', { base: 131_072, size: 65_536 }],
    ['that begins between two blocks', '100000-196607', { base: 100_000, size: 96_608 }],
  ])('reads the range %s', (_, written, range) => {
    expect(parseUsersRange(written)).toEqual(range);
  });

  test.each([
    ['no range', '100000'],
    ['too small', '131072-196606'],
    ['without a whole block', '100000-196606'],
    ['the machine’s own users', '65535-200000'],
    ['negative numbers to devpts', '2147400000-2147483648'],
    ['hexadecimal', '0x10000-0x2ffff'],
    ['backwards', '200000-100000'],
    ['spaces', '100000 - 200000'],
  ])('refuses %s', (_, written) => {
    expect(() => parseUsersRange(written)).toThrow(`PODCTL_USERNS_RANGE is ${written}`);
    try {
      parseUsersRange(written);
    } catch (error) {
      expect(hintOf(error)).toContain('write <first>-<last>');
    }
  });
});

describe('freeBases', () => {
  const range = { base: 131_072, size: 3 * 65_536 + 5 };

  test('gives whole blocks only', () => {
    expect(freeBases(range, () => false)).toEqual([131_072, 196_608, 262_144]);
  });

  test('gives the same blocks for ranges that overlap, wherever they begin', () => {
    expect(freeBases({ base: 100_000, size: 200_000 }, () => false)).toEqual([131_072, 196_608]);
    expect(freeBases({ base: 131_073, size: 200_000 }, () => false)).toEqual([196_608, 262_144]);
  });

  test('leaves out what is taken', () => {
    expect(freeBases(range, (base) => base === 196_608)).toEqual([131_072, 262_144]);
  });

  test.each([
    [100_000, 100_000, true],
    [100_000, 165_535, true],
    [165_535, 100_000, true],
    [100_000, 165_536, false],
  ])('blocks at %d and %d share ids: %s', (a, b, shares) => {
    expect(overlaps(a, b)).toBe(shares);
  });
});
