/** Who the OOM killer took, from the kernel's log (mm/oom_kill.c, dump_oom_summary). Pure. */

export interface OomVictim {
  /** its cgroup, from the root of the memory hierarchy */
  readonly cgroup: string;
  /** comm */
  readonly name: string;
}

/** Undefined for any other line. Names may hold commas: the fields around them are fixed. */
export function parseOomVictim(line: string): OomVictim | undefined {
  const [, cgroup, name] = /^oom-kill:constraint=.*,task_memcg=(.*),task=(.*),pid=\d+,uid=\d+$/.exec(line) ?? [];
  return cgroup === undefined || name === undefined ? undefined : { cgroup, name };
}
