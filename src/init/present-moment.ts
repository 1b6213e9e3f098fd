import { randomFraction } from '../linux/process.ts';
import type { Moment } from './machine.ts';

/** The monotonic clock, the wall clock and the kernel's dice. */
export const presentMoment = (): Moment => ({
  nowMs: performance.now(),
  at: new Date().toISOString(),
  random: randomFraction(),
});
