/** Load averages without a clock that ticks: what has run or waited between two looks, folded into the three averages. Pure. */

/** A look at the container's threads. */
export interface ThreadSample {
  readonly running: number;
  /** in uninterruptible sleep */
  readonly blocked: number;
  /** ms that each has waited for a CPU in its life, by thread id */
  readonly waitedMs: ReadonlyMap<number, number>;
  /** how often each was put on a CPU in its life */
  readonly switches: ReadonlyMap<number, number>;
}

export interface LoadLedger {
  readonly atMs: number;
  /** CPU time of the container until then */
  readonly usedMs: number;
  readonly sample: ThreadSample;
  readonly averages: readonly [number, number, number];
  /** context switches that were seen; never less than before */
  readonly switches: number;
}

export const emptySample: ThreadSample = { running: 0, blocked: 0, waitedMs: new Map(), switches: new Map() };

export const emptyLedger = (atMs: number): LoadLedger => ({
  atMs,
  usedMs: 0,
  sample: emptySample,
  averages: [0, 0, 0],
  switches: 0,
});

/** proc_loadavg(5): 1, 5 and 15 minutes. */
const windowsMs = [60_000, 300_000, 900_000] as const;
/** Less than this says nothing of a load. */
const leastMs = 100;

/** Threads that ran or waited, on average since the last look; those that ended meanwhile count for what they ran. */
export function advanceLoad(ledger: LoadLedger, nowMs: number, usedMs: number, sample: ThreadSample): LoadLedger {
  const elapsedMs = nowMs - ledger.atMs;
  if (elapsedMs < leastMs) return ledger;
  const busyMs = Math.max(0, usedMs - ledger.usedMs) + increase(ledger.sample.waitedMs, sample.waitedMs);
  const load = busyMs / elapsedMs + sample.blocked;
  const [one, five, fifteen] = ledger.averages;
  const fold = (average: number, windowMs: number): number => load + (average - load) * Math.exp(-elapsedMs / windowMs);
  return {
    atMs: nowMs,
    usedMs,
    sample,
    averages: [fold(one, windowsMs[0]), fold(five, windowsMs[1]), fold(fifteen, windowsMs[2])],
    switches: ledger.switches + increase(ledger.sample.switches, sample.switches),
  };
}

/** By how much counters grew; one that fell belongs to a new thread of an old number. */
function increase(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [thread, count] of now) {
    const old = before.get(thread) ?? 0;
    sum += count >= old ? count - old : count;
  }
  return sum;
}
