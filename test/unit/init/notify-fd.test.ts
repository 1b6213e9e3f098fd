import { closeSync, fstatSync, readdirSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { watchNotifyFd } from '../../../src/init/notify-fd.ts';
import { makePipe } from '../../../src/linux/descriptors.ts';

const isOpen = (fd: number): boolean => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

/** What came of writing these pieces and closing: the watcher lets go of its end by itself. */
async function notify(pieces: readonly (string | Buffer)[]): Promise<number> {
  const [readEnd, writeEnd] = makePipe();
  let ready = 0;
  watchNotifyFd(readEnd, () => ready++);
  for (const piece of pieces) {
    if (!isOpen(readEnd)) break;
    writeSync(writeEnd, piece as string);
    await new Promise((resolve) => setImmediate(resolve));
  }
  closeSync(writeEnd);
  await expect.poll(() => isOpen(readEnd)).toBe(false);
  return ready;
}

describe('notify fd', () => {
  test.each([
    ['a newline', ['\n'], 1],
    ['a newline at the end of words', ['star', 'ted\n'], 1],
    ['more than one newline', ['\n\n\n'], 1],
    ['a newline after much else', [Buffer.alloc(60_000, 'x'), '\n'], 1],
    ['the end alone', [], 0],
    ['the end after words', ['never'], 0],
  ])('after %s', async (_name, pieces, ready) => {
    expect(await notify(pieces)).toBe(ready);
  });

  test('is closed at the newline, though the program keeps its end', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const [readEnd, writeEnd] = makePipe();
    await new Promise<void>((resolve) => {
      watchNotifyFd(readEnd, resolve);
      writeSync(writeEnd, '\n');
    });
    closeSync(writeEnd);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('hears nothing after it was closed', async () => {
    const [readEnd, writeEnd] = makePipe();
    let ready = 0;
    const watch = watchNotifyFd(readEnd, () => ready++);
    writeSync(writeEnd, '\n');
    watch.close();
    watch.close();
    await new Promise((resolve) => setImmediate(resolve));
    closeSync(writeEnd);
    expect(ready).toBe(0);
  });
});
