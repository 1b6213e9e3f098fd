/** Waiting for facts that send no event, such as /proc; everything else is waited for by watch streams. */
import { setTimeout as delay } from 'node:timers/promises';
import { slowFactor } from './real-kernel.ts';

/** Asks until `check` gives something other than undefined or false; fails naming `what` after `timeoutMs` (stretched on slow machines). */
export async function waitFor<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 30_000,
  pauseMs = 10,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs * slowFactor;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`timed out after ${timeoutMs * slowFactor} ms: ${what}`);
    await delay(pauseMs);
  }
}

/** Fails with `what` when the promise has not settled within `timeoutMs` (stretched on slow machines). */
export async function within<T>(what: string, timeoutMs: number, promise: Promise<T>): Promise<T> {
  const abort = new AbortController();
  const limit = timeoutMs * slowFactor;
  const late = delay(limit, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`timed out after ${limit} ms: ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
