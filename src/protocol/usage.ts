/** What the kernel counts: the answers of GET …/usage (protocol/api.ts). */

/**
 * What the kernel counts of one cgroup, now; percentages follow from two of them. Absent: the kernel does not count it. Limits are
 * those of the cgroup itself or, where it has none, the nearest one above.
 */
export interface Usage {
  /** CPU time since the cgroup was made */
  readonly cpuMs?: number;
  readonly userMs?: number;
  readonly systemMs?: number;
  /** time for which it was held back by its CPU limit, and in how many of how many periods */
  readonly throttledMs?: number;
  readonly throttledPeriods?: number;
  readonly periods?: number;
  readonly cpuLimitMillis?: number;
  /** charged, page cache included */
  readonly memoryBytes?: number;
  /** without the inactive page cache, as the kubelet's working set */
  readonly workingSetBytes?: number;
  readonly cacheBytes?: number;
  readonly swapBytes?: number;
  readonly memoryLimitBytes?: number;
  /** processes and threads */
  readonly pids?: number;
  readonly pidsLimit?: number;
  readonly io?: {
    readonly readBytes: number;
    readonly writeBytes: number;
    readonly reads: number;
    readonly writes: number;
  };
  /** v2 only, where the kernel has PSI on */
  readonly pressure?: Readonly<Partial<Record<'cpu' | 'memory' | 'io', Pressure>>>;
  /** processes that the OOM killer took */
  readonly oomKills?: number;
  /** how often memory.high throttled it */
  readonly memoryHighEvents?: number;
}

/** PSI: shares of the time in percent (avg…), total in ms; accounting/psi.rst. */
export interface Pressure {
  readonly some: PressureShare;
  /** absent for cpu where the kernel does not say */
  readonly full?: PressureShare;
}

export interface PressureShare {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly totalMs: number;
}

export interface ProgramUsage {
  /** `web`, `web:1`; `(exec)`: exec sessions together */
  readonly program: string;
  readonly paused?: boolean;
  readonly usage: Usage;
}

export interface ContainerUsage {
  readonly container: string;
  /** a container that does not run has a usage of nothing */
  readonly running: boolean;
  readonly paused?: boolean;
  readonly usage: Usage;
  readonly programs: readonly ProgramUsage[];
}

export interface PodUsage {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly usage: Usage;
  readonly containers: readonly ContainerUsage[];
}

/** `monotonicMs`: the machine's monotonic clock when it was read; rates are taken between two of them, over a restart of podd too. */
export interface UsageList {
  readonly timestamp: string;
  readonly monotonicMs: number;
  /** CPUs and memory of the machine: what is not limited has these */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly items: readonly PodUsage[];
}
