/** What PID 1 needs to know of and do to the processes of its programs: by cgroups (cgroup-tree.ts), or where there are none by descent. */

/** Holds the processes of exec sessions and probes; no program can have this name. */
export const execLeaf = '_exec';

/** Processes in leaves: one per program key, and `_exec`. A leaf that is not known has no processes. */
export interface ProcessTree {
  /** Run `spawn` with the fds of the leaf's join files open for writing (none without cgroups). Throws SysError where the leaf is gone. */
  withJoinFds<T>(leaf: string, spawn: (fds: readonly number[]) => T): T;
  /** This process was just started for the leaf, as a session leader of its own. */
  started(leaf: string, pid: number): void;
  /** A child of this process was reaped: its pid may now mean another one. */
  reaped(pid: number): void;
  /** pids as this process's pid namespace has them; zombies left out */
  processesOf(leaf: string): readonly number[];
  isEmpty(leaf: string): boolean;
  /** whether freeze and thaw can do what they say */
  canFreeze(): boolean;
  /** Every process of the leaf, without one of all leaves, is to stand still. Whether they do; until then it has to be asked for again. */
  freeze(leaf?: string): boolean;
  thaw(leaf?: string): void;
  /** nothing may be spawned into a frozen leaf: the child would stop, and PID 1 with it, until it has exec'd */
  isFrozen(leaf: string): boolean;
  /** to every process of the leaf */
  signal(leaf: string, signal: number): void;
  /** KILL everything in the leaf once; forks may escape where there is no cgroup.kill: again until it is empty */
  killLeaf(leaf: string): void;
  /** KILL everything in all leaves once, as killLeaf */
  killAll(): void;
  /** whether the kernel OOM-killed a process of the leaf since the last call, and beyond those to be forgotten */
  wasOomKilled(leaf: string): boolean;
  /** that many, counted from the leaf's beginning, were of no consequence */
  forgetKills(leaf: string, kills: number): void;
  /** CPU time that its processes have used since the leaf was made; undefined where nobody counts it */
  cpuMs(leaf: string): number | undefined;
  /** new leaves, with their cgroup directories; those known already stay as they are */
  addLeaves(leaves: Readonly<Record<string, readonly string[]>>): void;
  /** its program is gone for good */
  dropLeaf(leaf: string): void;
  /** let go of every fd; only the zygote's warm-up does that */
  close(): void;
}
