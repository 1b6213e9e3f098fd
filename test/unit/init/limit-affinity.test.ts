import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitAffinity } from '../../../src/init/limit-affinity.ts';

const maskOf = (...cpus: number[]): Buffer => {
  const mask = Buffer.alloc(32);
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return mask;
};

const limited = (own: number[], shown: number[]): number[] => {
  const mask = maskOf(...own);
  limitAffinity(mask, shown);
  return Array.from({ length: 256 }, (_, cpu) => cpu).filter((cpu) => ((mask[cpu >> 3] ?? 0) >> (cpu & 7)) & 1);
};

describe('limitAffinity', () => {
  test.each<[string, number[], number[], number[]]>([
    ['shows the container’s share', [0, 1, 2, 3], [0, 1], [0, 1]],
    ['prefers what is shown', [0, 1, 2, 3], [2, 3], [2, 3]],
    ['leaves a thread alone that was pinned elsewhere', [3], [0], [3]],
    ['leaves a thread alone that has no more than is shown', [1, 3], [0, 1], [1, 3]],
    ['fills up with its own, lowest first', [4, 5, 6, 7], [7, 0, 1], [4, 5, 7]],
    ['counts over bytes', [7, 8, 200], [8, 200], [8, 200]],
    ['never shows none', [2, 3], [], [2]],
  ])('%s', (_, own, shown, wanted) => {
    expect(limited(own, shown)).toEqual(wanted);
  });

  test('shows some of the thread’s own, and as many as the container is shown', () => {
    const cpus = (minLength: number) => fc.uniqueArray(fc.nat(255), { minLength, maxLength: 20 });
    fc.assert(
      fc.property(cpus(1), cpus(0), (own, shown) => {
        const kept = limited(own, shown);
        expect(own).toEqual(expect.arrayContaining(kept));
        expect(kept).toHaveLength(Math.min(own.length, Math.max(1, shown.length)));
      }),
    );
  });
});
