import { setImmediate as nextTurn } from 'node:timers/promises';

/** long enough to get work done, short enough for keys and logs in between */
const sliceMs = 10;

/** Runs to the end, letting the event loop have its turn every 10 ms. */
export async function inSlices(steps: Iterable<void>): Promise<void> {
  let until = performance.now() + sliceMs;
  for (const _ of steps) {
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + sliceMs;
  }
}
