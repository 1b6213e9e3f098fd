/** A timer on the wall clock that notices when the clock is set: timerfd_create(2) with TFD_TIMER_CANCEL_ON_SET. */
import { readSync } from 'node:fs';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cTimerfdCreate = libcFunction('int timerfd_create(int clock, int flags)');
const cTimerfdSettime = libcFunction('int timerfd_settime(int fd, int flags, void *value, void *old)');

const CLOCK_REALTIME = 0;
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;

/** Nonblocking, close-on-exec; readable once the armed time has come or the clock was set. */
export function openWallTimer(): number {
  return check('timerfd_create', cTimerfdCreate(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
}

/** Wait for a time of CLOCK_REALTIME (ms since 1970); one that is over is due at once. Arming again replaces it. */
export function armWallTimer(fd: number, atMs: number): void {
  // struct itimerspec; a time of 0 would disarm
  const spec = Buffer.alloc(32);
  spec.writeBigInt64LE(BigInt(Math.floor(Math.max(1, atMs) / 1000)), 16);
  spec.writeBigInt64LE(BigInt(Math.floor(Math.max(1, atMs) % 1000) * 1_000_000), 24);
  check('timerfd_settime', cTimerfdSettime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, spec, null));
}

/** What woke it: the time has come, the clock was set (the timer must be armed again), or nothing yet. */
export function readWallTimer(fd: number): 'due' | 'clockSet' | 'early' {
  try {
    readSync(fd, Buffer.alloc(8));
    return 'due';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECANCELED') return 'clockSet';
    if (code === 'EAGAIN') return 'early';
    throw error;
  }
}
