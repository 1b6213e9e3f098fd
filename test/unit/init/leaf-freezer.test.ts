import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LeafFreezer } from '../../../src/init/leaf-freezer.ts';
import { createProcTree } from '../../../src/init/proc-tree.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A leaf that stands still when it has been asked for so often; the first asks may be refused. */
function aLeaf({ asks, refusals = 0 }: { readonly asks: number; readonly refusals?: number }) {
  const seen = { freezes: 0, thaws: 0, answers: 0 };
  const refuse = (times: number): void => {
    if (times <= refusals) throw new Error('EMFILE');
  };
  const tree = Object.assign(createProcTree(), {
    freeze: (leaf?: string) => {
      expect(leaf).toBe('web');
      refuse(++seen.freezes);
      return seen.freezes >= asks;
    },
    thaw: () => refuse(++seen.thaws),
  });
  return { seen, freezer: new LeafFreezer(tree, 'web', () => seen.answers++) };
}

test('tells at once of what stands still at once, and sets no timer', () => {
  const { seen, freezer } = aLeaf({ asks: 1 });
  freezer.freeze();
  expect(seen).toEqual({ freezes: 1, thaws: 0, answers: 1 });
  expect(vi.getTimerCount()).toBe(0);
});

test('asks again, ever more seldom, until all stands still', async () => {
  const { seen, freezer } = aLeaf({ asks: 12 });
  freezer.freeze();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.freezes).toBe(10); // after 1, 3, 7 … 511 ms
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen).toMatchObject({ freezes: 12, answers: 1 });
  expect(vi.getTimerCount()).toBe(0);
});

test('tries again what the kernel refuses for the moment', async () => {
  const { seen, freezer } = aLeaf({ asks: 1, refusals: 2 });
  freezer.freeze();
  await vi.advanceTimersByTimeAsync(100);
  expect(seen).toMatchObject({ freezes: 3, answers: 1 });
  freezer.thaw();
  await vi.advanceTimersByTimeAsync(100);
  expect(seen).toEqual({ freezes: 3, thaws: 3, answers: 1 });
});

test('a thaw ends a freeze that is under way', async () => {
  const { seen, freezer } = aLeaf({ asks: 5 });
  freezer.freeze();
  freezer.thaw();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toEqual({ freezes: 1, thaws: 1, answers: 0 });
});
