import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LeafEmptier } from '../../../src/init/leaf-emptier.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A leaf of processes that die after so many rounds of KILL. */
function aLeaf(rounds: number) {
  const seen = { kills: 0, answers: 0, isEmpty: rounds === 0 };
  const emptier = new LeafEmptier({
    isEmpty: () => seen.isEmpty,
    kill: () => {
      seen.kills++;
      seen.isEmpty = seen.kills >= rounds;
    },
    onEmpty: () => seen.answers++,
  });
  return { seen, emptier };
}

describe('clear', () => {
  test('answers at once where nothing is left', () => {
    const { seen, emptier } = aLeaf(0);
    emptier.clear();
    expect(seen).toMatchObject({ answers: 1, kills: 0 });
  });

  test('kills in rounds until nothing is left, and answers once', async () => {
    const { seen, emptier } = aLeaf(4);
    emptier.clear();
    expect(seen).toMatchObject({ answers: 0, kills: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toMatchObject({ answers: 1, kills: 4 });
  });

  test('sees an end that it is told of before its next round', () => {
    const { seen, emptier } = aLeaf(100);
    emptier.clear();
    seen.isEmpty = true;
    emptier.look();
    emptier.look();
    expect(seen).toMatchObject({ answers: 1, kills: 1 });
  });

  test('kills once while all stands still, and goes on in rounds afterwards', async () => {
    const { seen, emptier } = aLeaf(3);
    emptier.hold();
    emptier.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toMatchObject({ answers: 0, kills: 1 });
    expect(vi.getTimerCount()).toBe(0);
    emptier.goOn();
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toMatchObject({ answers: 1, kills: 3 });
  });

  test('sees an end that it is told of while all stands still', () => {
    const { seen, emptier } = aLeaf(100);
    emptier.clear();
    emptier.hold();
    seen.isEmpty = true;
    emptier.look();
    expect(seen.answers).toBe(1);
  });

  test('takes over from drain and is not undone by one', async () => {
    const { seen, emptier } = aLeaf(3);
    emptier.drain();
    emptier.clear();
    emptier.drain();
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toMatchObject({ answers: 1, kills: 3 });
  });

  test('goes on where looking fails', async () => {
    let looks = 0;
    let answers = 0;
    const emptier = new LeafEmptier({
      isEmpty: () => {
        if (++looks < 3) throw new Error('EMFILE');
        return true;
      },
      kill: () => {
        throw new Error('EMFILE');
      },
      onEmpty: () => answers++,
    });
    emptier.clear();
    await vi.advanceTimersByTimeAsync(1000);
    expect(answers).toBe(1);
  });
});

describe('drain', () => {
  test('waits and touches nothing', async () => {
    const { seen, emptier } = aLeaf(1);
    emptier.drain();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toMatchObject({ answers: 0, kills: 0 });
    seen.isEmpty = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toMatchObject({ answers: 1, kills: 0 });
  });

  test('answers nothing after it was stopped', async () => {
    const { seen, emptier } = aLeaf(1);
    emptier.drain();
    emptier.stop();
    seen.isEmpty = true;
    emptier.look();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.answers).toBe(0);
    expect(emptier.isWaiting()).toBe(false);
  });
});
