import { describe, expect, test } from 'vitest';
import {
  cpuUse,
  effectiveCpus,
  formatCpuList,
  parseCpuList,
  shownCpus,
} from '../../../../src/init/procview/cpu-numbers.ts';
import { aCgroup } from './a-cgroup.ts';

describe('lists of CPUs', () => {
  test.each([
    ['0-3,7\n', [0, 1, 2, 3, 7]],
    ['5', [5]],
    ['\n', []],
  ])('%j is read', (text, cpus) => expect(parseCpuList(text)).toEqual(cpus));

  test.each([
    [[0, 1, 2, 7], '0-2,7'],
    [[3], '3'],
    [[0, 2], '0,2'],
  ])('%j are written', (cpus, text) => expect(formatCpuList(cpus)).toBe(text));
});

describe('the CPUs that a container sees', () => {
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];
  test.each([
    ['v2, half a CPU', { 'cpu.max': '50000 100000\n' }, [0]],
    ['v2, one and a half', { 'cpu.max': '150000 100000\n' }, [0, 1]],
    ['v2, exactly two', { 'cpu.max': '40000 20000\n' }, [0, 1]],
    ['v2, no quota', { 'cpu.max': 'max 100000\n' }, eight],
    ['v2, a smaller quota of the pod', { 'cpu.max': 'max 100000\n', '../../cpu.max': '100000 100000\n' }, [0]],
    ['v1, half a CPU', { 'cpu.cfs_quota_us': '50000\n', 'cpu.cfs_period_us': '100000\n' }, [0]],
    ['v1, three', { 'cpu.cfs_quota_us': '300000\n', 'cpu.cfs_period_us': '100000\n' }, [0, 1, 2]],
    ['v1, no quota', { 'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n' }, eight],
    ['no cpu controller', {}, eight],
  ])('%s', (_, files, cpus) => expect(shownCpus(aCgroup(files), eight)).toEqual(cpus));

  test('are of those that its cpuset allows, with their real numbers', () => {
    const read = aCgroup({ 'cpuset.cpus.effective': '4-6\n', 'cpu.max': '150000 100000\n' });
    expect(shownCpus(read, effectiveCpus(read))).toEqual([4, 5]);
  });

  test('come from the nearest directory above that has a cpuset', () => {
    expect(effectiveCpus(aCgroup({ '../../../../cpuset.cpus.effective': '0-1\n' }))).toEqual([0, 1]);
    expect(effectiveCpus(aCgroup({ 'cpuset.effective_cpus': '2\n' }))).toEqual([2]);
  });
});

describe('CPU time of a container', () => {
  test('is told for all CPUs as one on v2', () => {
    const use = cpuUse(aCgroup({ 'cpu.stat': 'usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\n' }));
    expect(use).toEqual({ userMs: 2, systemMs: 1 });
  });

  test('is told by CPU on v1', () => {
    const use = cpuUse(
      aCgroup({ 'cpuacct.stat': 'user 7\nsystem 3\n', 'cpuacct.usage_percpu': '60000000 40000000 \n' }),
    );
    expect(use.userMs + use.systemMs).toBe(100);
    expect([...(use.msByCpu ?? [])]).toEqual([
      [0, 60],
      [1, 40],
    ]);
  });
});
