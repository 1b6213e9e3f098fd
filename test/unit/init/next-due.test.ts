import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterLastTime, nextInterval } from '../../../src/init/next-due.ts';

const hour = 3_600_000;

describe('next time after a clock change', () => {
  test.each([
    ['nothing was due yet', undefined, 5 * hour, 5 * hour],
    ['the clock went on', 4 * hour, 5 * hour, 5 * hour],
    ['the clock was set back by ten minutes', 5 * hour, 5 * hour - 600_000, 5 * hour],
    ['the clock was set back by three hours', 5 * hour, 2 * hour, 5 * hour],
    ['the clock was set back by a year', 9000 * hour, 240 * hour, 240 * hour],
  ])('%s', (_name, last, now, after) => {
    expect(afterLastTime(last, now)).toBe(after);
  });
});

describe('next interval', () => {
  test.each([
    ['is a whole interval after the last', 1000, 30, 1000, 1030],
    ['keeps the rhythm when it is asked late', 1000, 30, 1010, 1030],
    ['leaves out what was missed', 1000, 30, 1095, 1120],
    ['does not repeat a time that came early', 1000, 30, 999.6, 1030],
  ])('%s', (_name, last, every, now, due) => {
    expect(nextInterval(last, every, now)).toBe(due);
  });

  test('is never over, never further than one interval away, and a multiple after the last', () => {
    const ms = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(ms, ms, ms, (last, every, late) => {
        const due = nextInterval(last, every, last + late);
        expect(due).toBeGreaterThanOrEqual(last + late);
        expect(due - (last + late)).toBeLessThan(every + 1);
        expect((due - last) % every).toBe(0);
      }),
    );
  });
});
