/** How the processes of programs are told apart: by cgroups where podinit can make some, else by descent. */
import { openCgroupTree } from '../init/cgroup-tree.ts';
import { createProcTree } from '../init/proc-tree.ts';
import type { ProcessTree } from '../init/process-tree.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { CgroupMode } from './arguments.ts';
import { makeOwnCgroups } from './own-cgroups.ts';
import type { ReadProcesses } from './read-processes.ts';

export interface Contained {
  readonly tree: ProcessTree;
  readonly addLeaves: (read: ReadProcesses) => Readonly<Record<string, readonly string[]>>;
  /** gives the cgroups back, as far as they are empty */
  readonly release: () => void;
}

/** Throws where cgroups are required and cannot be had. */
export function chooseTree(
  mode: CgroupMode,
  plans: readonly ProgramPlan[],
  pod: PodSpec | undefined,
  say: (message: string) => void,
): Contained {
  const cgroups = mode === 'off' ? { error: '--cgroups=off' } : makeOwnCgroups(plans, pod);
  if (!('error' in cgroups)) {
    for (const warning of cgroups.warnings) process.stderr.write(`podinit: ${warning}\n`);
    return { tree: openCgroupTree(cgroups.placement), addLeaves: cgroups.addLeaves, release: cgroups.release };
  }
  if (mode === 'require') throw new Error(`--cgroups=require: ${cgroups.error}`);
  say(`programs are told apart by descent: ${cgroups.error}`);
  warnOfLimits(pod);
  return {
    tree: createProcTree(),
    addLeaves: (read) => {
      warnOfLimits(read.pod);
      return {};
    },
    release: () => {},
  };
}

function warnOfLimits(pod: PodSpec | undefined): void {
  const limited = (pod?.containers[0]?.programs ?? []).filter(({ resources }) => Object.keys(resources).length > 0);
  if (limited.length === 0) return;
  const names = limited.map(({ name }) => name).join(', ');
  process.stderr.write(`podinit: resources of ${names} are not limited: no cgroup of its own can be made here\n`);
}
