import { expect, test } from 'vitest';
import { createScreen } from '../../../src/dev/screen.ts';

function aScreen(start: number | undefined, colour = false) {
  let columns = start;
  const writes: string[] = [];
  const screen = createScreen({ write: (text) => writes.push(text), columns: () => columns, colour, ellipsis: '…' });
  const resize = (next: number): void => {
    columns = next;
    screen.resized();
  };
  return { screen, writes, resize };
}

/** A terminal of endless height, as far as the screen uses it: what stands before the last `J` in its row is erased. */
function show(writes: readonly string[], columns: number): string[] {
  const lines = writes
    .join('')
    .split('\n')
    .map((line) => line.split('\r\u001b[J').at(-1) ?? '');
  expect(lines.every((line) => line.length <= columns && !line.includes('\u001b'))).toBe(true);
  return lines;
}

test('without a terminal only lines are written', () => {
  const { screen, writes } = aScreen(undefined);
  screen.setStatus('ready 1/1');
  screen.print('a\n');
  screen.close();
  expect(writes).toEqual(['a\n']);
});

test('the status stays below the lines, and each print is one write', () => {
  const { screen, writes } = aScreen(20);
  screen.setStatus('ready 0/1');
  screen.print('a\n');
  screen.print('b\nc\n');
  screen.setStatus('ready 1/1');
  expect(writes).toHaveLength(4);
  expect(show(writes, 20)).toEqual(['a', 'b', 'c', 'ready 1/1']);
  screen.close();
  expect(show(writes, 20)).toEqual(['a', 'b', 'c', '']);
});

test('the same status is not written again', () => {
  const { screen, writes } = aScreen(20);
  screen.setStatus('x');
  screen.setStatus('x');
  expect(writes).toHaveLength(1);
});

test('a status that is too long is cut, so that it never becomes two rows', () => {
  const { screen, writes } = aScreen(10);
  screen.setStatus('a status of some length');
  expect(show(writes, 10)).toEqual(['a status…']);
});

test('of a terminal that became narrower all rows of the old status are erased', () => {
  const { screen, writes, resize } = aScreen(20);
  screen.setStatus('0123456789012345678');
  resize(8);
  expect(writes.at(-1)).toBe('\r\u001b[2A\u001b[J012345…');
});

test('what goes to standard error stands above the status too', () => {
  const { screen, writes } = aScreen(20);
  screen.setStatus('ready');
  screen.print('error: x\n', (text) => writes.push(text));
  expect(show(writes, 20)).toEqual(['error: x', 'ready']);
});

test('colour dims the status and nothing else', () => {
  const { screen, writes } = aScreen(20, true);
  screen.setStatus('ready');
  expect(writes).toEqual(['\u001b[2mready\u001b[0m']);
});
