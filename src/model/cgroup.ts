/** What the machine's cgroup file systems look like, and writes to them as data. */

export const v1Controllers = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'hugetlb',
  'net_prio',
] as const;
export type V1Controller = (typeof v1Controllers)[number];

/** `hybrid`: v1 controllers plus a controller-less cgroup2 mount (`v2Root`), used for cgroup.kill and cgroup.events. */
export interface CgroupLayout {
  readonly kind: 'v1' | 'v2' | 'hybrid';
  /** mount point of cgroup2; absent on pure v1 */
  readonly v2Root?: string;
  /** hierarchy mount points of v1 controllers; comounted ones repeat the path; empty on v2 */
  readonly v1: Readonly<Partial<Record<V1Controller, string>>>;
  /** v2 controllers available at the root (cgroup.controllers) */
  readonly v2Controllers: readonly string[];
}

/** One write to a cgroup file; `file` is absolute. `wish`: a refusal is a warning (low, weights), not an error. */
export interface CgroupWrite {
  readonly file: string;
  readonly value: string;
  readonly wish?: boolean;
}

/**
 * The file of a cgroup directory that a single-threaded process writes `0` to in order to enter it. On v1 it is `tasks`: the
 * kernel moves the writing thread without the lock that makes `cgroup.procs` wait for an RCU grace period (5–16 ms against 0.04 ms).
 */
export const cgroupJoinFile = (layout: CgroupLayout['kind']): 'tasks' | 'cgroup.procs' =>
  layout === 'v2' ? 'cgroup.procs' : 'tasks';
