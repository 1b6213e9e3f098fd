/** Waiting that ends. */
import { setTimeout as delay } from 'node:timers/promises';

/** False when it has not resolved by then; it is not given up. */
export async function inTime(what: Promise<unknown>, ms: number): Promise<boolean> {
  const patience = new AbortController();
  const isOver = delay(ms, false, { signal: patience.signal }).catch(() => false);
  const isDone = await Promise.race([what.then(() => true), isOver]);
  patience.abort();
  return isDone;
}
