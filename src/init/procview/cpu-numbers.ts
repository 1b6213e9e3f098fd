/** Which CPUs a container has and what it has used of them, by its cgroup's files. Pure. */
import { leastOf, nearestOf, parseCount, parseKeyed, type ReadCgroup } from './cgroup-text.ts';

/** CPU time of a container since its cgroup was made. */
export interface CpuUse {
  readonly userMs: number;
  readonly systemMs: number;
  /** user and system together, by CPU; absent where the kernel counts all CPUs as one (v2) */
  readonly msByCpu?: ReadonlyMap<number, number>;
}

/** A list of CPUs as the kernel writes it: `0-2,5`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((range) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      if (first === undefined) return [];
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
    });
}

/** As the kernel writes it; the CPUs ascend. */
export function formatCpuList(cpus: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const cpu of cpus) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === cpu - 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** The CPUs that its programs may run on; empty where the kernel does not tell. */
export const effectiveCpus = (read: ReadCgroup): number[] =>
  parseCpuList(nearestOf(read, 'cpuset.cpus.effective') || nearestOf(read, 'cpuset.effective_cpus'));

/** Of these CPUs as many as the quota can keep busy, one at least. Their numbers stay, so that they agree with affinities. */
export const shownCpus = (read: ReadCgroup, cpus: readonly number[]): number[] =>
  cpus.slice(0, Math.max(1, Math.ceil(leastOf(read, cpuQuota))));

/** CPUs that the quota amounts to: v2 cpu.max `max|µs period`, v1 cpu.cfs_quota_us (−1: none). */
function cpuQuota(read: (file: string) => string): number {
  const [quota, period] = read('cpu.max').split(' ').map(Number);
  if (quota !== undefined && period !== undefined)
    return Number.isNaN(quota) ? Number.POSITIVE_INFINITY : quota / period;
  const quotaUs = parseCount(read('cpu.cfs_quota_us')) ?? -1;
  return quotaUs < 0 ? Number.POSITIVE_INFINITY : quotaUs / (parseCount(read('cpu.cfs_period_us')) ?? quotaUs);
}

/** USER_HZ, what the kernel's tick counts for user space are in. */
const msPerTick = 10;

export function cpuUse(read: ReadCgroup): CpuUse {
  const ticks = parseKeyed(read('cpuacct.stat'));
  if (ticks.size === 0) {
    const stat = parseKeyed(read('cpu.stat'));
    return { userMs: (stat.get('user_usec') ?? 0) / 1e3, systemMs: (stat.get('system_usec') ?? 0) / 1e3 };
  }
  const perCpu = read('cpuacct.usage_percpu').trim().split(' ').map(Number);
  return {
    userMs: (ticks.get('user') ?? 0) * msPerTick,
    systemMs: (ticks.get('system') ?? 0) * msPerTick,
    msByCpu: new Map(perCpu.map((nanoseconds, cpu) => [cpu, nanoseconds / 1e6])),
  };
}
