/** What a cgroup is limited to, as `Usage` tells of it. Pure. */
import type { ResourceSpec } from '../model/resource-spec.ts';
import type { Usage } from '../protocol/usage.ts';

export type UsageLimits = Pick<Usage, 'cpuLimitMillis' | 'memoryLimitBytes' | 'pidsLimit'>;

/** Of each kind the nearest: the cgroup's own, then those of the cgroups around it. */
export function usageLimits(resources: ResourceSpec, around: UsageLimits = {}): UsageLimits {
  const { cpuLimitMillis, memoryLimitBytes, pidsLimit } = resources;
  const { unified = {} } = resources;
  return {
    ...around,
    ...(cpuLimitMillis ? { cpuLimitMillis } : {}),
    ...(memoryLimitBytes ? { memoryLimitBytes } : {}),
    ...(pidsLimit ? { pidsLimit } : {}),
    ...rawLimit('memoryLimitBytes', unified['memory.max'] ?? unified['memory.limit_in_bytes']),
    ...rawLimit('pidsLimit', unified['pids.max']),
    ...rawCpuLimit(unified['cpu.max']),
  };
}

/** Whether the kernel counts throttled periods there: only where a quota stands. */
export const hasCpuLimit = ({ cpuLimitMillis, unified }: ResourceSpec): boolean =>
  (cpuLimitMillis ?? 0) > 0 || unified?.['cpu.max'] !== undefined || unified?.['cpu.cfs_quota_us'] !== undefined;

/** `max` and `-1` are no limit. */
function rawLimit(key: 'memoryLimitBytes' | 'pidsLimit', text: string | undefined): UsageLimits {
  return text !== undefined && /^\d+$/.test(text) ? { [key]: Number(text) } : {};
}

/** `QUOTA [PERIOD]`, µs; the kernel's period is 100 ms. */
function rawCpuLimit(text: string | undefined): UsageLimits {
  const [, quota, period = '100000'] = /^(\d+)(?: (\d+))?$/.exec(text ?? '') ?? [];
  return quota === undefined ? {} : { cpuLimitMillis: (1000 * Number(quota)) / Number(period) };
}
