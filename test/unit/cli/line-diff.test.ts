import { describe, expect, test } from 'vitest';
import { diffLines } from '../../../src/cli/line-diff.ts';

const lines = (text: string) => (text === '' ? [] : text.split(' '));
const show = (from: string, to: string) =>
  diffLines(lines(from), lines(to)).map(
    ({ line, lines: some }) => `${line}: ${some.map(({ mark, text }) => `${mark}${text}`.trim()).join(' ')}`,
  );

describe('diffLines', () => {
  test.each([
    ['a b c', 'a b c', []],
    ['', 'a', ['1: +a']],
    ['a', '', ['1: -a']],
    ['a b c d e', 'a b x d e', ['2: b -c +x d']],
    ['a b c', 'a b c d', ['3: c +d']],
    ['a b c', 'z a b c', ['1: +z a']],
    ['a a', 'a', ['1: a -a']],
    ['a b c d e f g h', 'a x c d e f y h', ['1: a -b +x c', '6: f -g +y h']],
    ['a b c d', 'x b c y', ['1: -a +x b c -d +y']],
    ['p q r s', 'q r s t', ['1: -p q', '4: s +t']],
  ])('of "%s" and "%s" are %j', (from, to, expected) => {
    expect(show(from, to)).toEqual(expected);
  });

  test('gives back both texts, whatever they are', () => {
    for (let seed = 1; seed < 200; seed++) {
      const word = (at: number) => 'abc'[Math.floor(Math.abs(Math.sin(seed * 31 + at) * 3)) % 3] ?? 'a';
      const from = Array.from({ length: seed % 9 }, (_, at) => word(at));
      const to = Array.from({ length: (seed * 7) % 9 }, (_, at) => word(at + 100));
      const changed = diffLines(from, to).flatMap((hunk) => hunk.lines);
      const count = (mark: string) => changed.filter((line) => line.mark === mark).length;
      expect(from.length - count('-')).toBe(to.length - count('+'));
    }
  });

  test('of two long texts without anything in common ends soon', () => {
    const long = (word: string) => Array.from({ length: 5_000 }, (_, at) => `${word}${at}`);
    const [hunk] = diffLines(long('a'), long('b'));
    expect(hunk?.lines).toHaveLength(10_000);
  });
});
