import { closeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readable, watchFd } from '../../../src/linux/poll.ts';
import { armWallTimer, openWallTimer, readWallTimer } from '../../../src/linux/timerfd.ts';

let fd: number;
beforeEach(() => {
  fd = openWallTimer();
});
afterEach(() => closeSync(fd));

const isReadable = () =>
  new Promise<void>((resolve) => {
    const watch = watchFd(fd, readable, () => {
      watch.close();
      resolve();
    });
  });

describe('wall timer', () => {
  test('is due at its time, once', async () => {
    const at = Date.now() + 30;
    armWallTimer(fd, at);
    expect(readWallTimer(fd)).toBe('early');
    await isReadable();
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    expect(readWallTimer(fd)).toBe('due');
    expect(readWallTimer(fd)).toBe('early');
  });

  test.each([-1, 0, 1, 999, 1_000_000_000_000.5])('is due at once for the past: %d', async (atMs) => {
    armWallTimer(fd, atMs);
    await isReadable();
    expect(readWallTimer(fd)).toBe('due');
  });

  test('follows the newest time', async () => {
    armWallTimer(fd, Date.now() - 1);
    armWallTimer(fd, Date.now() + 3_600_000);
    expect(readWallTimer(fd)).toBe('early');
    armWallTimer(fd, Date.now());
    await isReadable();
    expect(readWallTimer(fd)).toBe('due');
  });
});
