/** What cgroups are to hold, and which devices may be used. Plain JSON. */

/**
 * Limits and wishes of one cgroup (a pod's, a container's, a program's) in kernel-near units: admin-guide/cgroup-v2.rst and
 * cgroup-v1/. Absent: the kernel's default, nothing asked for.
 */
export interface ResourceSpec {
  /** thousandths of a CPU (Kubernetes millicores); fractional where docker's cpu_quota and cpu_period come to a fraction */
  readonly cpuLimitMillis?: number;
  readonly cpuRequestMillis?: number;
  /** over what time the CPU limit is counted, µs: 1,000 … 1,000,000; default 100,000 */
  readonly cpuPeriodUs?: number;
  /** unused quota that may be saved up and used at once, µs: cpu.max.burst, cpu.cfs_burst_us; at most the quota */
  readonly cpuBurstUs?: number;
  /** 1 … 10000, in v2's unit (100 is the kernel's default); over the weight that follows from the request; a wish */
  readonly cpuWeight?: number;
  /** SCHED_IDLE for the whole cgroup: cpu.idle; the weight means nothing then; a wish */
  readonly cpuIdle?: boolean;
  /** CPUs it may run on, cpuset(7) list format: `0-1,3` */
  readonly cpus?: string;
  /** memory nodes it may use, the same format */
  readonly mems?: string;
  readonly memoryLimitBytes?: number;
  /** memory.low, v1 memory.soft_limit_in_bytes (where memoryLowBytes does not say otherwise); a wish */
  readonly memoryRequestBytes?: number;
  /** from here on it is throttled and reclaimed from, never killed: memory.high; v2 only */
  readonly memoryHighBytes?: number;
  /** as memoryRequestBytes, and over it; a wish */
  readonly memoryLowBytes?: number;
  /** never reclaimed below: memory.min; v2 only */
  readonly memoryMinBytes?: number;
  /** swap beside the memory; absent: none where there is a memory limit (as under the kubelet), else unlimited */
  readonly memorySwapBytes?: number | 'unlimited';
  /** 0 … 100 (v1 memory.swappiness); v1 only, a wish */
  readonly memorySwappiness?: number;
  /** an OOM kill takes the whole cgroup: memory.oom.group; v2 only */
  readonly memoryOomGroup?: boolean;
  /** processes and threads, pids.max; containers' default 2048 (podman's and docker's default) */
  readonly pidsLimit?: number;
  /** 1 … 10000, io.weight and io.bfq.weight (v2) or blkio.bfq.weight (v1); bfq's end at 1000; a wish */
  readonly ioWeight?: number;
  /** limits per block device: io.max, v1 blkio.throttle.* */
  readonly ioDevices?: readonly IoDeviceSpec[];
  /** bytes by page size as Kubernetes writes it (`2Mi`, `1Gi`): hugetlb.2MB.max, v1 hugetlb.2MB.limit_in_bytes */
  readonly hugepages?: Readonly<Record<string, number>>;
  /** SO_PRIORITY of its sockets, 0 … 15: v1 net_prio.ifpriomap of every interface, v2 a BPF program at socket creation */
  readonly networkPriority?: number;
  /** raw files of the cgroup, last word over all the others: name → value, as runc's `unified` */
  readonly unified?: Readonly<Record<string, string>>;
}

/** Limits on one block device; at least one is given. A partition stands for its disk. */
export interface IoDeviceSpec {
  readonly device:
    | { readonly kind: 'path'; readonly path: string }
    | { readonly kind: 'number'; readonly major: number; readonly minor: number }
    /** the device of the file system that holds this path of the machine */
    | { readonly kind: 'mount'; readonly path: string };
  readonly readBytesPerSecond?: number;
  readonly writeBytesPerSecond?: number;
  readonly readOpsPerSecond?: number;
  readonly writeOpsPerSecond?: number;
  /** 1 … 10000; a wish */
  readonly weight?: number;
}

/**
 * A device that a container may use beside those that every container has: devices.allow, v2 a BPF program. `node`: one of the
 * machine's, which is also bound to `path` in the container; `rule`: the permission alone. `access`: of r, w, m (mknod(2)).
 */
export type DeviceSpec =
  | { readonly kind: 'node'; readonly hostPath: string; readonly path: string; readonly access: string }
  | {
      readonly kind: 'rule';
      readonly type: 'c' | 'b';
      readonly major: number | '*';
      readonly minor: number | '*';
      readonly access: string;
    };
