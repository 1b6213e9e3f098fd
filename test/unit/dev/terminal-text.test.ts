import { expect, test } from 'vitest';
import { cleanLine, cutToWidth } from '../../../src/dev/terminal-text.ts';

test.each<[string, string, string]>([
  ['plain text', 'a\tb ä 日', 'a\tb ä 日'],
  ['a carriage return', '10%\r20%\r', '10%20%'],
  ['a move of the cursor', 'a\u001b[2Ab\u001b[Kc\u001b[?25l', 'abc'],
  ['a title', 'a\u001b]0;evil\u0007b\u001b]0;evil\u001b\\c', 'abc'],
  ['a reset of the terminal', 'a\u001bcb', 'ab'],
  ['a switch of the character set', 'a\u001b(0b', 'ab'],
  ['bell, backspace and C1 codes', 'a\u0007\b\u009b2Jb', 'a2Jb'],
  ['a sequence without end', 'a\u001b[', 'a'],
  ['colours, which are ended', '\u001b[31mred', '\u001b[31mred\u001b[0m'],
  ['colours with colons', '\u001b[38:5:1mred', '\u001b[38:5:1mred\u001b[0m'],
])('%s', (_, text, cleaned) => {
  expect(cleanLine(text)).toBe(cleaned);
});

test.each<[string, number, string]>([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['äöüß', 4, 'äöüß'],
  ['😀😀😀', 2, '😀…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%s in %i columns is %s', (text, columns, cut) => {
  expect(cutToWidth(text, columns, '…')).toBe(cut);
});
