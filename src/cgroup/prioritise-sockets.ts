/** SO_PRIORITY of a cgroup's sockets on cgroup2: a BPF program on its directory; of several on the way to the root the closest counts. */
import { attachCgroupProgram, detachCgroupProgram } from '../linux/bpf.ts';
import { loadedProgram } from './loaded-program.ts';
import { planPriorityProgram } from './plan-sockets.ts';

/** In place of what was set before; sockets that are open keep theirs. Throws SysError. */
export function prioritiseSockets(directory: string, priority: number | undefined): void {
  if (priority === undefined) return detachCgroupProgram('socket', directory);
  const program = loadedProgram('socket', String(priority), () => planPriorityProgram(priority));
  attachCgroupProgram('socket', directory, program);
}
