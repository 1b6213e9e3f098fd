/** Tells when the wall clock was set, or the machine has slept: timers that were set before are wrong then. */
import { closeSync } from 'node:fs';
import { readable, watchFd } from '../linux/poll.ts';
import { armWallTimer, openWallTimer, readWallTimer } from '../linux/timerfd.ts';

/** No time that anybody waits for, and one that the kernel can hold. */
const neverMs = Date.UTC(2200, 0, 1);

/** Idle it costs nothing and keeps no process alive; returns the function that ends it. */
export function watchClock(onSet: () => void): () => void {
  const fd = openWallTimer();
  armWallTimer(fd, neverMs);
  const heard = (): void => {
    const woken = readWallTimer(fd);
    if (woken === 'early') return;
    armWallTimer(fd, neverMs);
    // libuv's callback is not the place for promises.
    setImmediate(onSet);
  };
  const watch = watchFd(fd, readable, heard, { keepsAlive: false });
  return () => {
    watch.close();
    closeSync(fd);
  };
}
