/** CPU times of a container by CPU, as /proc/stat counts them: never falling, whichever CPUs it sees from one look to the next. Pure. */
import type { CpuUse } from './cpu-numbers.ts';

export interface CpuTimes {
  readonly userMs: number;
  readonly systemMs: number;
  readonly idleMs: number;
}

export interface CpuLedger {
  readonly atMs: number;
  readonly use: CpuUse;
  /** every CPU that was ever seen */
  readonly byCpu: ReadonlyMap<number, CpuTimes>;
}

export const emptyCpuLedger = (atMs: number): CpuLedger => ({
  atMs,
  use: { userMs: 0, systemMs: 0 },
  byCpu: new Map(),
});

const none: CpuTimes = { userMs: 0, systemMs: 0, idleMs: 0 };

/**
 * What was used since the last look goes to the CPUs that are seen now: as the kernel counted it where they are all that its
 * programs may run on (`usable`), else evenly. Idle is what is left of the time that has passed on each.
 */
export function advanceCpus(
  ledger: CpuLedger,
  nowMs: number,
  use: CpuUse,
  shown: readonly number[],
  usable: readonly number[],
): CpuLedger {
  const elapsedMs = Math.max(0, nowMs - ledger.atMs);
  const userMs = Math.max(0, use.userMs - ledger.use.userMs);
  const systemMs = Math.max(0, use.systemMs - ledger.use.systemMs);
  const shareOf = sharesOf(ledger.use, use, shown, usable);
  const byCpu = new Map(ledger.byCpu);
  for (const cpu of shown) {
    const before = byCpu.get(cpu) ?? none;
    const share = shareOf(cpu);
    byCpu.set(cpu, {
      userMs: before.userMs + userMs * share,
      systemMs: before.systemMs + systemMs * share,
      idleMs: before.idleMs + Math.max(0, elapsedMs - (userMs + systemMs) * share),
    });
  }
  return { atMs: Math.max(nowMs, ledger.atMs), use, byCpu };
}

function sharesOf(
  before: CpuUse,
  now: CpuUse,
  shown: readonly number[],
  usable: readonly number[],
): (cpu: number) => number {
  const grown = (cpu: number): number => Math.max(0, (now.msByCpu?.get(cpu) ?? 0) - (before.msByCpu?.get(cpu) ?? 0));
  const sum = shown.length < usable.length ? 0 : shown.reduce((total, cpu) => total + grown(cpu), 0);
  return sum > 0 ? (cpu) => grown(cpu) / sum : () => 1 / shown.length;
}

/** Of all CPUs together. */
export function sumOf(ledger: CpuLedger): CpuTimes {
  let { userMs, systemMs, idleMs } = none;
  for (const times of ledger.byCpu.values()) {
    userMs += times.userMs;
    systemMs += times.systemMs;
    idleMs += times.idleMs;
  }
  return { userMs, systemMs, idleMs };
}
