/** A pid of a container as podd sees it. */
import { innerPids } from '../linux/procfs.ts';

/** Which of `pids` (podd's) has this pid in the pid namespace of the container whose PID 1 is `initPid`; undefined when none has. */
export function findHostPid(initPid: number, pids: readonly number[], pid: number): number | undefined {
  // How many pid namespaces the container's is below podd's view, 1 where they are the same.
  const depth = innerPids(initPid).length;
  return pids.find((candidate) => innerPids(candidate)[depth - 1] === pid);
}
