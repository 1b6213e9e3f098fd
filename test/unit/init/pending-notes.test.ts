import { describe, expect, test } from 'vitest';
import { PendingNotes } from '../../../src/init/pending-notes.ts';

const numbers = (notes: PendingNotes): readonly number[] => notes.all().map(({ seq }) => seq);
const filled = (count: number, message = 'x'): PendingNotes => {
  const notes = new PendingNotes();
  for (let i = 0; i < count; i++) notes.add('Warning', 'Unhealthy', message);
  return notes;
};

describe('notes', () => {
  test('stay until they are taken, in their order', () => {
    const notes = filled(3);
    expect(numbers(notes)).toEqual([1, 2, 3]);
    notes.taken(2);
    expect(numbers(notes)).toEqual([3]);
    notes.taken(1);
    expect(numbers(notes)).toEqual([3]);
    notes.taken(99);
    expect(notes.all()).toEqual([]);
  });

  test('are never numbered alike', () => {
    const notes = filled(2);
    notes.taken(2);
    expect(notes.add('Normal', 'Killing', 'why')).toEqual({
      seq: 3,
      type: 'Normal',
      reason: 'Killing',
      message: 'why',
    });
  });

  test('that nobody takes are the newest hundred', () => {
    expect(numbers(filled(250))).toEqual(Array.from({ length: 100 }, (_, i) => 151 + i));
  });

  test('are bounded by their size, also when they were taken in between', () => {
    expect(numbers(filled(20, 'x'.repeat(10_000)))).toEqual([18, 19, 20]);
    expect(numbers(filled(3, 'x'.repeat(40_000)))).toEqual([]);
    const notes = filled(3, 'x'.repeat(10_000));
    notes.taken(3);
    for (let i = 0; i < 3; i++) notes.add('Warning', 'Unhealthy', 'x'.repeat(10_000));
    expect(numbers(notes)).toEqual([4, 5, 6]);
  });
});
