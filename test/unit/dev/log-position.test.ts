import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogPosition, type PlacedLine } from '../../../src/dev/log-position.ts';

const startMs = Date.parse('2026-05-01T10:00:00Z');
const at = (ms: number, nano = 0): string =>
  `${new Date(startMs + ms).toISOString().slice(0, -1)}${String(nano).padStart(6, '0')}Z`;
const line = (program: string, ms: number, nano = 0): PlacedLine => ({ program, time: at(ms, nano) });

describe('a log that is read on', () => {
  test('begins at the start of the session while nothing was read', () => {
    expect(createLogPosition(startMs).resume()).toBe('2026-05-01T10:00:00.000Z');
  });

  test('begins a little before its newest line, but not before the session', () => {
    const position = createLogPosition(startMs);
    position.take(line('a', 1_000));
    expect(position.resume()).toBe('2026-05-01T10:00:00.000Z');
    position.take(line('a', 60_000));
    expect(position.resume()).toBe('2026-05-01T10:00:55.000Z');
  });

  test('passes over as many lines of the newest time as it had', () => {
    const position = createLogPosition(startMs);
    const lines = [line('a', 1), line('a', 2), line('a', 2), line('a', 2)];
    expect(lines.slice(0, 3).map(position.take)).toEqual([true, true, true]);
    position.resume();
    expect([...lines, line('a', 2), line('a', 3)].map(position.take)).toEqual([false, false, false, true, true, true]);
  });

  test('keeps programs apart', () => {
    const position = createLogPosition(startMs);
    position.take(line('a', 5));
    position.resume();
    expect([line('b', 1), line('a', 5), line('b', 5)].map(position.take)).toEqual([true, false, true]);
  });

  test('however often the stream breaks, every line comes exactly once', () => {
    const log = fc.array(fc.record({ program: fc.constantFrom('a', 'b'), step: fc.constantFrom(0, 0, 1) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(log, fc.array(fc.nat(40), { maxLength: 5 }), (steps, breaks) => {
        let ms = 0;
        const lines = steps.map(({ program, step }, index) => {
          ms += step;
          return { ...line(program, ms), index };
        });
        const position = createLogPosition(startMs);
        const got: number[] = [];
        // Each stream begins at the beginning and breaks somewhere; the last one reads to the end.
        for (const end of [...breaks.sort((x, y) => x - y), lines.length]) {
          position.resume();
          for (const one of lines.slice(0, end)) if (position.take(one)) got.push(one.index);
        }
        expect(got.sort((x, y) => x - y)).toEqual(lines.map(({ index }) => index));
      }),
    );
  });
});
