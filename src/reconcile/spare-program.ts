/**
 * Kills in a program's leaf that did not end the program itself: its PID 1 is told, so that a later kill(2) of the program by
 * somebody else is not taken for the OOM killer's work. PID 1 cannot know it: a child of a living program is not its own to reap.
 */
import { cgroupProcesses } from '../cgroup/driver.ts';
import { leafCgroup } from '../cgroup/paths.ts';
import { hasPendingKill } from '../linux/procfs.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ProgramState } from '../protocol/init.ts';
import { findHostPid } from './host-pid.ts';
import type { Instance } from './instance.ts';

/** By then a process that was killed is gone, or shows that it is going. */
const afterMs = 200;

/** `relative`: containerCgroup. */
export const spareProgram =
  (instance: Instance, layout: CgroupLayout, relative: string) =>
  (program: ProgramState, kills: number): void => {
    const look = (): void => {
      const now = instance.view().programs?.find(({ name }) => name === program.name);
      if (now?.pid === undefined || now.pid !== program.pid || now.startedAt !== program.startedAt) return;
      const pids = cgroupProcesses(layout, leafCgroup(relative, program.name));
      const hostPid = findHostPid(instance.pid ?? 0, pids, now.pid);
      if (hostPid !== undefined && !hasPendingKill(hostPid)) instance.forgetKills(program.name, kills);
    };
    setTimeout(look, afterMs).unref();
  };
