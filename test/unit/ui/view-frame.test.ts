import { expect, test } from 'vitest';
import { changedLines } from '../../../src/ui/view-frame.ts';

const size = { columns: 5, rows: 3 };
const [begin, end] = ['\u001b[?2026h', '\u001b[?2026l'];

test.each([
  ['nothing changed', ['a', 'b'], ['a', 'b'], ''],
  ['one line changed', ['a', 'b'], ['a', 'c'], `${begin}\u001b[2;1Hc\u001b[0m\u001b[K${end}`],
  ['a line that is full is not erased behind', ['a'], ['abcde'], `${begin}\u001b[1;1Habcde${end}`],
  ['a line went away', ['a', 'b'], ['a'], `${begin}\u001b[2;1H\u001b[0m\u001b[K${end}`],
  [
    'the screen was empty',
    [],
    ['a', '', 'b'],
    `${begin}\u001b[1;1Ha\u001b[0m\u001b[K\u001b[3;1Hb\u001b[0m\u001b[K${end}`,
  ],
  ['more lines than rows', [], ['', '', '', 'x'], ''],
])('%s', (_, before, after, codes) => {
  expect(changedLines(before, after, size)).toBe(codes);
});
