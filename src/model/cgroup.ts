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

/** Controllers that containers get only where something of them asks: on v1 each costs a start 0.3 ms. */
export const extraControllers = ['blkio', 'hugetlb', 'net_prio'] as const;
export type ExtraController = (typeof extraControllers)[number];
export type Extras = ReadonlySet<ExtraController>;

/** `hybrid`: v1 controllers plus a cgroup2 mount (`v2Root`), which holds no controller, or those that no v1 hierarchy has. */
export interface CgroupLayout {
  readonly kind: 'v1' | 'v2' | 'hybrid';
  /** mount point of cgroup2; absent on pure v1 */
  readonly v2Root?: string;
  /** hierarchy mount points of v1 controllers; comounted ones repeat the path; empty on v2 */
  readonly v1: Readonly<Partial<Record<V1Controller, string>>>;
  /** v2 controllers available at the root (cgroup.controllers) */
  readonly v2Controllers: readonly string[];
  /** names of the files that a limited directory has, over all hierarchies; absent: not known, all are taken to be there */
  readonly files?: ReadonlySet<string>;
  /** what CPUs and memory nodes the machine has for cgroups, cpuset(7) list format */
  readonly cpuset?: { readonly cpus: string; readonly mems: string };
  /** v1 net_prio: the machine's network interfaces */
  readonly interfaces?: readonly string[];
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
 * `unified`: mount point of cgroup2 where a hybrid layout uses it (CgroupPlacement).
 */
export function cgroupJoinFile(
  layout: CgroupLayout['kind'],
  directory = '',
  unified?: string,
): 'tasks' | 'cgroup.procs' {
  return layout === 'v2' || isBelow(directory, unified) ? 'cgroup.procs' : 'tasks';
}

/** False where there is no such mount point. */
export const isBelow = (directory: string, mountPoint: string | undefined): boolean =>
  mountPoint !== undefined && directory.startsWith(`${mountPoint}/`);
