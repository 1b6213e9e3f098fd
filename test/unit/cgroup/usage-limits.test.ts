import { expect, test } from 'vitest';
import { hasCpuLimit, usageLimits } from '../../../src/cgroup/usage-limits.ts';

test('a limit is the own one, else that of the cgroup around it', () => {
  const around = usageLimits({ cpuLimitMillis: 500, memoryLimitBytes: 100, pidsLimit: 10 });
  expect(usageLimits({ memoryLimitBytes: 50 }, around)).toEqual({
    ...{ cpuLimitMillis: 500, memoryLimitBytes: 50, pidsLimit: 10 },
  });
  expect(usageLimits({})).toEqual({});
});

test('raw files have the last word', () => {
  const unified = { 'cpu.max': '50000 200000', 'memory.max': '4096', 'pids.max': 'max' };
  expect(usageLimits({ cpuLimitMillis: 900, pidsLimit: 3, unified })).toEqual({
    ...{ cpuLimitMillis: 250, memoryLimitBytes: 4096, pidsLimit: 3 },
  });
  expect(usageLimits({ unified: { 'cpu.max': 'max 100000' } })).toEqual({});
});

test('periods are counted where a quota stands', () => {
  expect(hasCpuLimit({})).toBe(false);
  expect(hasCpuLimit({ cpuLimitMillis: 1 })).toBe(true);
  expect(hasCpuLimit({ unified: { 'cpu.max': '1000' } })).toBe(true);
});
