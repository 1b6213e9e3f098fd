/** One process for good: pids are given out again. */
export interface ProcessMark {
  readonly pid: number;
  /** field 22 of /proc/<pid>/stat, proc(5) */
  readonly startTicks: number;
}
