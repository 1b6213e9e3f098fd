import { describe, expect, test } from 'vitest';
import { advanceCpus, emptyCpuLedger, sumOf } from '../../../../src/init/procview/cpu-ledger.ts';

const use = (userMs: number, systemMs = 0, byCpu?: readonly (readonly [number, number])[]) => ({
  userMs,
  systemMs,
  ...(byCpu === undefined ? {} : { msByCpu: new Map(byCpu) }),
});

describe('CPU times', () => {
  test('are what was used, and idle for the rest of the time on each CPU that is seen', () => {
    const ledger = advanceCpus(emptyCpuLedger(0), 1000, use(300, 100), [0, 1], [0, 1]);
    expect(sumOf(ledger)).toEqual({ userMs: 300, systemMs: 100, idleMs: 1600 });
    expect(ledger.byCpu.get(0)).toEqual({ userMs: 150, systemMs: 50, idleMs: 800 });
  });

  test('go to the CPUs that used them where the kernel tells', () => {
    const now = use(300, 100, [
      [0, 100],
      [1, 300],
    ]);
    const ledger = advanceCpus(emptyCpuLedger(0), 1000, now, [0, 1], [0, 1]);
    expect(ledger.byCpu.get(0)).toEqual({ userMs: 75, systemMs: 25, idleMs: 900 });
    expect(ledger.byCpu.get(1)).toEqual({ userMs: 225, systemMs: 75, idleMs: 700 });
  });

  test('are spread over the CPUs that are seen where programs may run on more', () => {
    const now = use(400, 0, [
      [0, 0],
      [1, 400],
    ]);
    expect(advanceCpus(emptyCpuLedger(0), 1000, now, [0], [0, 1]).byCpu.get(0)?.userMs).toBe(400);
  });

  test('never fall, whichever CPUs are seen', () => {
    let ledger = emptyCpuLedger(0);
    const shown = [[0, 1], [0], [0, 1, 2], [2], [0, 1]];
    let before = sumOf(ledger);
    for (const [i, cpus] of shown.entries()) {
      ledger = advanceCpus(ledger, (i + 1) * 1000, use((i + 1) * 700), cpus, [0, 1, 2]);
      const now = sumOf(ledger);
      expect(now.idleMs).toBeGreaterThanOrEqual(before.idleMs);
      expect(now.userMs).toBeCloseTo((i + 1) * 700, 6);
      before = now;
    }
  });

  test('do not go back when more was used than time has passed, nor when the counters fall', () => {
    const busy = advanceCpus(emptyCpuLedger(0), 1000, use(1010), [0], [0]);
    expect(sumOf(busy).idleMs).toBe(0);
    expect(sumOf(advanceCpus(busy, 2000, use(0), [0], [0]))).toEqual({ userMs: 1010, systemMs: 0, idleMs: 1000 });
  });
});
