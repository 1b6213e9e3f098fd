/** What a fresh cgroup's files hold, written again to take a setting away (cgroup-v2.rst, cgroup-v1/). Pure. */
import type { CgroupLayout } from '../model/cgroup.ts';
import { lineOf, type Setting, socketPriority } from './plan-setting.ts';
import { cpuPeriodUs, v1Unlimited } from './plan-weights.ts';

const values: Readonly<Record<string, string>> = {
  'cpu.max': `max ${cpuPeriodUs}`,
  'cpu.max.burst': '0',
  'cpu.weight': '100',
  'cpu.idle': '0',
  'memory.max': 'max',
  'memory.high': 'max',
  'memory.swap.max': 'max',
  'memory.low': '0',
  'memory.min': '0',
  'memory.oom.group': '0',
  'pids.max': 'max',
  [socketPriority.name]: socketPriority.none,
  'cpu.cfs_quota_us': '-1',
  'cpu.cfs_period_us': String(cpuPeriodUs),
  'cpu.cfs_burst_us': '0',
  'cpu.shares': '1024',
  'memory.limit_in_bytes': v1Unlimited,
  'memory.memsw.limit_in_bytes': v1Unlimited,
  'memory.soft_limit_in_bytes': v1Unlimited,
  // Copied from the directory above, in the end from /proc/sys/vm/swappiness, whose default this is.
  'memory.swappiness': '60',
  'blkio.bfq.weight': '100',
};

/** By table file: what follows the first word of a line that says nothing. */
const lines: readonly (readonly [RegExp, string])[] = [
  [/^io\.max$/, 'rbps=max wbps=max riops=max wiops=max'],
  [/^io\.(bfq\.)?weight$/, 'default'],
  [/^blkio\.throttle\./, '0'],
  [/^blkio\.bfq\.weight_device$/, 'default'],
  [/^net_prio\.ifpriomap$/, '0'],
];

/** The setting that undoes this one; undefined for a raw file whose default is not known here. */
export function resetOf(setting: Setting, { cpuset }: CgroupLayout): Setting | undefined {
  const { name } = setting;
  if (/^cpuset\.(cpus|mems)$/.test(name)) return { ...setting, value: wholeCpuset(name, cpuset) };
  if (/^io\.(bfq\.)?weight$/.test(name) && lineOf(setting.value) === 'default')
    return { ...setting, value: 'default 100' };
  if (/^hugetlb\..*\.max$/.test(name)) return { ...setting, value: 'max' };
  if (/^hugetlb\..*\.limit_in_bytes$/.test(name)) return { ...setting, value: '-1' };
  const line = lines.find(([pattern]) => pattern.test(name))?.[1];
  const value = line === undefined ? values[name] : `${lineOf(setting.value)} ${line}`;
  return value === undefined ? undefined : { ...setting, value };
}

/** v2 takes back an empty list only while no process is below (ENOSPC, validate_change): all that there is comes to the same. */
function wholeCpuset(name: string, cpuset: CgroupLayout['cpuset']): string {
  if (cpuset === undefined) return '\n';
  return name === 'cpuset.cpus' ? cpuset.cpus : cpuset.mems;
}
