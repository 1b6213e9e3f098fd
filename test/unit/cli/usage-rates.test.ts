import { describe, expect, test } from 'vitest';
import { ratesOf, rateUsage } from '../../../src/cli/usage-rates.ts';
import { aUsageList } from './usage-builders.ts';

describe('rates', () => {
  test('are per second of what passed between two looks', () => {
    const before = {
      cpuMs: 1000,
      periods: 10,
      throttledPeriods: 5,
      io: { readBytes: 0, writeBytes: 100, reads: 0, writes: 1 },
    };
    const after = {
      ...{
        cpuMs: 1400,
        periods: 30,
        throttledPeriods: 10,
        cpuLimitMillis: 400,
        workingSetBytes: 30,
        memoryLimitBytes: 60,
      },
      io: { readBytes: 0, writeBytes: 4100, reads: 0, writes: 5 },
    };
    expect(ratesOf(before, after, 2000)).toEqual({
      cpuPercent: 20,
      cpuLimitPercent: 50,
      throttledPercent: 25,
      memoryLimitPercent: 50,
      readBytesPerSecond: 0,
      writeBytesPerSecond: 2000,
      readsPerSecond: 0,
      writesPerSecond: 2,
    });
  });

  test('what the kernel does not count has no rate', () => {
    expect(ratesOf({}, {}, 1000)).toEqual({});
    expect(ratesOf({ cpuMs: 1 }, { memoryBytes: 1 }, 1000)).toEqual({});
  });

  test('a counter that went back began anew', () => {
    expect(ratesOf({ cpuMs: 9000 }, { cpuMs: 100 }, 1000)).toEqual({ cpuPercent: 10 });
  });

  test('no period passed: nothing was held back', () => {
    const same = { periods: 4, throttledPeriods: 4 };
    expect(ratesOf(same, same, 1000)).toEqual({ throttledPercent: 0 });
  });
});

test('pods are compared by uid, containers and programs by name', () => {
  const before = aUsageList(0, { web: { app: { main: 100 } } });
  const after = aUsageList(1000, { web: { app: { main: 600, late: 50 } }, other: { app: { main: 10 } } });
  const rated = rateUsage(before, after);
  expect(rated.intervalMs).toBe(1000);
  const shares = rated.items.flatMap(({ pod, containers }) =>
    containers.flatMap(({ programs }) => programs.map(({ program, rates }) => `${pod}/${program} ${rates.cpuPercent}`)),
  );
  expect(shares).toEqual(['web/main 50', 'web/late 5', 'other/main 1']);
});
