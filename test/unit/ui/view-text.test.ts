import { describe, expect, test } from 'vitest';
import { cleanLine, clipText, fitText, textWidth, wrapText } from '../../../src/ui/view-text.ts';

const colour = { utf8: true, colour: true };
const plain = { utf8: true, colour: false };
const ascii = { utf8: false, colour: false };

describe('a line of a log', () => {
  test.each([
    ['plain text', 'plain text'],
    ['\u001b[32mgreen\u001b[0m', '\u001b[32mgreen\u001b[0m\u001b[0m'],
    ['\u001b[38;2;1;2;3mtrue', '\u001b[38;2;1;2;3mtrue\u001b[0m'],
    ['a\u001b[2J\u001b[H\u001b[10;10Hb', 'ab'],
    ['a\u001b[?1049l\u001b[?25hb', 'ab'],
    ['a\u001b]0;title\u0007b\u001b]8;;http://x\u001b\\c', 'abc'],
    ['a\u001bPq#0\u001b\\b', 'ab'],
    ['a\u001b]unfinished', 'a'],
    ['a\u001b7b\u001b(Bc\u001b=d\u001b', 'abcd'],
    ['a\u0007\b\u0000\u000e\u007f\u009b31mb', 'a31mb'],
    ['10%\r20%\r30%', '30%'],
    ['text\r', 'text'],
    ['a\tb', 'a       b'],
    ['1234567\tb', '1234567 b'],
    ['日\tb', '日      b'],
    ['a\u200b\u202eb\ufe0f\u2028c', 'abc'],
    ['a\ud800b', 'a\ufffdb'],
  ])('%j is shown as %j', (line, shown) => {
    expect(cleanLine(line, colour)).toBe(shown);
  });

  test('has no colours where none are wanted', () => {
    expect(cleanLine('\u001b[1;31mred\u001b[0m', plain)).toBe('red');
  });

  test('has nothing beyond ASCII where the locale has not', () => {
    expect(cleanLine('naïve 日本 😀', ascii)).toBe('na?ve ?? ?');
  });
});

describe('clipping', () => {
  test.each([
    ['abcdef', 3, 0, 'abc'],
    ['abcdef', 3, 2, 'cde'],
    ['日本語', 4, 0, '日本'],
    ['日本語', 5, 0, '日本'],
    ['日本語', 3, 2, '本'],
    ['e\u0301e\u0301e\u0301', 2, 0, 'e\u0301e\u0301'],
    ['\u001b[31mabc\u001b[0mdef', 4, 0, '\u001b[31mabc\u001b[0md\u001b[0m'],
    ['\u001b[31mabcdef', 2, 0, '\u001b[31mab\u001b[0m'],
    ['😀😀', 3, 0, '😀'],
  ])('%j to %i columns from %i is %j', (text, width, from, clipped) => {
    expect(clipText(text, width, from)).toBe(clipped);
    expect(textWidth(clipped)).toBeLessThanOrEqual(width);
  });

  test('a cell is exactly as wide as its column', () => {
    expect(fitText('abc', 5, plain)).toBe('abc  ');
    expect(fitText('abc', 5, plain, true)).toBe('  abc');
    expect(fitText('CrashLoopBackOff', 10, plain)).toBe('CrashLoop…');
    expect(fitText('CrashLoopBackOff', 10, ascii)).toBe('CrashLoop~');
    expect(fitText('日本語', 4, plain)).toBe('日… ');
  });

  test('a wrapped text is whole', () => {
    expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(wrapText('日本語', 4)).toEqual(['日本', '語']);
    expect(wrapText('', 4)).toEqual(['']);
  });
});
