import { describe, expect, test } from 'vitest';
import {
  appendLog,
  keptLines,
  type LogView,
  linesBelow,
  noLog,
  scrollLog,
  shownLines,
  toggleFollow,
} from '../../../src/ui/model-logs.ts';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
const twenty = appendLog(noLog, numbers(1, 20));
const shown = (log: LogView): string => {
  const lines = shownLines(log, 5);
  return `${lines[0]}-${lines.at(-1)}`;
};

describe('the log', () => {
  test('shows the newest lines', () => {
    expect(shown(twenty)).toBe('16-20');
    expect(shown(appendLog(twenty, ['21']))).toBe('17-21');
  });

  test('a short one is shown whole', () => {
    expect(shownLines(appendLog(noLog, ['a', 'b']), 5)).toEqual(['a', 'b']);
  });

  test('scrolled back it stays where it is while lines come', () => {
    const back = scrollLog(twenty, -5, 5);
    expect(shown(back)).toBe('11-15');
    const grown = appendLog(back, numbers(21, 30));
    expect(shown(grown)).toBe('11-15');
    expect(linesBelow(grown, 5)).toBe(15);
  });

  test('ends at its first line', () => {
    expect(shown(scrollLog(twenty, -100, 5))).toBe('1-5');
  });

  test('follows again when scrolled to its end', () => {
    const back = scrollLog(twenty, -5, 5);
    expect(scrollLog(back, 4, 5).top).toBe(14);
    expect(scrollLog(back, 5, 5).top).toBeUndefined();
  });

  test('f stops it where it is, and lets it follow again', () => {
    const stopped = toggleFollow(twenty, 5);
    expect(shown(appendLog(stopped, ['21']))).toBe('16-20');
    expect(shown(toggleFollow(appendLog(stopped, ['21']), 5))).toBe('17-21');
  });

  test('keeps the newest lines; what was shown of the dropped ones moves on to the oldest kept', () => {
    const back = scrollLog(twenty, -100, 5);
    const full = appendLog(back, numbers(21, keptLines + 10));
    expect(full.lines).toHaveLength(keptLines);
    expect(shown(full)).toBe('11-15');
  });

  test('more lines at once than are kept', () => {
    const full = appendLog(twenty, numbers(21, 20 + 2 * keptLines));
    expect(full.lines).toHaveLength(keptLines);
    expect(full.lines[0]).toBe(String(21 + keptLines));
    expect(full.first).toBe(20 + keptLines);
  });

  test('a very long line is cut', () => {
    expect(appendLog(noLog, ['x'.repeat(100_000)]).lines[0]).toHaveLength(4096);
  });
});
