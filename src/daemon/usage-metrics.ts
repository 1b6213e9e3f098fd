/** The metrics that the kernel's counters give. Pure. */
import type { Usage } from '../protocol/usage.ts';

export interface UsageMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** undefined: not counted */
  readonly valueIn: (usage: Usage) => number | undefined;
}

type Valued = readonly [name: string, help: string, valueIn: UsageMetric['valueIn']];

const counters = (prefix: string, metrics: readonly Valued[]): readonly UsageMetric[] =>
  metrics.map(([name, help, valueIn]) => ({ name: prefix + name, help, type: 'counter', valueIn }));

const gauges = (prefix: string, metrics: readonly Valued[]): readonly UsageMetric[] =>
  metrics.map(([name, help, valueIn]) => ({ name: prefix + name, help, type: 'gauge', valueIn }));

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

/** Of containers and of programs alike. */
const sharedCounters: readonly Valued[] = [
  ['cpu_usage_seconds_total', 'CPU time used.', ({ cpuMs }) => seconds(cpuMs)],
  ['cpu_cfs_periods_total', 'Periods of the CPU limit that passed.', ({ periods }) => periods],
  [
    'cpu_cfs_throttled_periods_total',
    'Periods in which the CPU limit held it back.',
    (usage) => usage.throttledPeriods,
  ],
  [
    'cpu_cfs_throttled_seconds_total',
    'Time for which the CPU limit held it back.',
    ({ throttledMs }) => seconds(throttledMs),
  ],
  ['fs_reads_bytes_total', 'Bytes read from block devices.', ({ io }) => io?.readBytes],
  ['fs_writes_bytes_total', 'Bytes written to block devices.', ({ io }) => io?.writeBytes],
  ['fs_reads_total', 'Reads from block devices.', ({ io }) => io?.reads],
  ['fs_writes_total', 'Writes to block devices.', ({ io }) => io?.writes],
  ['oom_events_total', 'Processes that the OOM killer took.', ({ oomKills }) => oomKills],
];

const sharedGauges: readonly Valued[] = [
  ['memory_usage_bytes', 'Memory charged, page cache included.', ({ memoryBytes }) => memoryBytes],
  [
    'memory_working_set_bytes',
    'Memory charged but for the inactive page cache.',
    ({ workingSetBytes }) => workingSetBytes,
  ],
  ['memory_cache', 'Page cache, bytes.', ({ cacheBytes }) => cacheBytes],
  ['memory_swap', 'Swap used, bytes.', ({ swapBytes }) => swapBytes],
  ['threads', 'Processes and threads.', ({ pids }) => pids],
];

/** cAdvisor counts the quota in µs of a period of 100 ms; only their ratio means something. */
const periodUs = 100_000;
const quotaUs = ({ cpuLimitMillis }: Usage): number | undefined =>
  cpuLimitMillis === undefined ? undefined : (cpuLimitMillis * periodUs) / 1000;

const pressureCounters: readonly Valued[] = (['cpu', 'memory', 'io'] as const).flatMap((kind): Valued[] => [
  [
    `pressure_${kind}_waiting_seconds_total`,
    `Time in which some process waited for ${kind}.`,
    ({ pressure }) => seconds(pressure?.[kind]?.some.totalMs),
  ],
  [
    `pressure_${kind}_stalled_seconds_total`,
    `Time in which no process could go on for want of ${kind}.`,
    ({ pressure }) => seconds(pressure?.[kind]?.full?.totalMs),
  ],
]);

/** cAdvisor's names. */
export const containerMetrics: readonly UsageMetric[] = [
  ...counters('container_', [
    ...sharedCounters,
    ['cpu_user_seconds_total', 'CPU time used in user mode.', ({ userMs }) => seconds(userMs)],
    ['cpu_system_seconds_total', 'CPU time used in the kernel.', ({ systemMs }) => seconds(systemMs)],
    ...pressureCounters,
  ]),
  ...gauges('container_', [
    ...sharedGauges,
    ['spec_memory_limit_bytes', 'Memory limit.', ({ memoryLimitBytes }) => memoryLimitBytes],
    ['spec_cpu_quota', 'CPU limit: µs of CPU time a period.', quotaUs],
    ['spec_cpu_period', 'Period that spec_cpu_quota is told in, µs.', (usage) => quotaUs(usage) && periodUs],
    ['threads_max', 'Limit of processes and threads.', ({ pidsLimit }) => pidsLimit],
  ]),
  ...counters('podctl_container_', [
    ['memory_high_events_total', 'How often memory.high throttled it.', ({ memoryHighEvents }) => memoryHighEvents],
  ]),
];

/** What cAdvisor has of containers, of single programs. */
export const programMetrics: readonly UsageMetric[] = [
  ...counters('podctl_program_', sharedCounters),
  ...gauges('podctl_program_', sharedGauges),
];

/** The kubelet's names of /metrics/resource; a pod has its PID 1s beside its containers. */
export const podMetrics: readonly UsageMetric[] = [
  ...counters('pod_', [['cpu_usage_seconds_total', 'CPU time used.', ({ cpuMs }) => seconds(cpuMs)]]),
  ...gauges('pod_', [
    [
      'memory_working_set_bytes',
      'Memory charged but for the inactive page cache.',
      ({ workingSetBytes }) => workingSetBytes,
    ],
    ['swap_usage_bytes', 'Swap used.', ({ swapBytes }) => swapBytes],
  ]),
];
