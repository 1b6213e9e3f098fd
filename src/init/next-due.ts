/** Which times of a schedule have been had. Pure: clocks come as arguments, in ms. */

/** cron(8) of Debian: a clock set back by less than three hours was corrected, by more it was wrong before. */
const correctionMs = 3 * 3_600_000;

/** The next time of a cron expression lies after this: no time comes again when the clock was set back a little. */
export function afterLastTime(lastDueMs: number | undefined, nowMs: number): number {
  return lastDueMs !== undefined && lastDueMs > nowMs && lastDueMs - nowMs <= correctionMs ? lastDueMs : nowMs;
}

/** The first of `last + n × every`, n ≥ 1, that is not over; so starts keep their rhythm, and missed ones are left out. */
export function nextInterval(lastDueMs: number, everyMs: number, nowMs: number): number {
  return lastDueMs + everyMs * Math.max(1, Math.ceil((nowMs - lastDueMs) / everyMs));
}
