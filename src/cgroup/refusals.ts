/** What went wrong with a cgroup directory, where, and what the user can do about it. */
import type { CgroupWrite } from '../model/cgroup.ts';
import { PodError } from '../util/pod-error.ts';
import { errnoOf, processesOfTree } from './cgroup-tree.ts';

/** PodError `CgroupRefused`: the kernel refused what was being done. */
export function refused(doing: string, cause: unknown, hint?: string): PodError {
  return new PodError('CgroupRefused', doing, { cause, ...(hint === undefined ? {} : { hint }) });
}

/** Why a directory cannot be made. */
export function mkdirHint(error: unknown): string | undefined {
  switch (errnoOf(error)) {
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'podd needs root and a writable cgroup file system';
    case 'EAGAIN':
    case 'ENOSPC':
      return 'the machine has as many cgroups as it allows: see cgroup.max.descendants above it, and delete pods';
    case 'ENOMEM':
      return 'it is counted against the memory limit above it, which leaves no room for it: choose a higher limit';
    default:
      return undefined;
  }
}

/** Why cgroup.subtree_control of `dir` cannot be set (cgroup-v2.rst, "No Internal Process Constraint"). */
export function controllerHint(dir: string, error: unknown): string | undefined {
  if (errnoOf(error) === 'EBUSY')
    return `processes live in ${dir} itself: move them into a child, or run podd on the host`;
  if (errnoOf(error) === 'ENOENT') return `the group above ${dir} does not hand the controllers down`;
  return undefined;
}

/** Why a limit is refused. */
export function writeHint(write: CgroupWrite, error: unknown): string | undefined {
  if (errnoOf(error) === 'EBUSY' && write.file.includes('/memory.')) {
    return 'its programs use more memory than that and it cannot be reclaimed: choose a higher limit or restart the container';
  }
  if (errnoOf(error) === 'ENOENT') return 'the kernel does not offer this file: see podctl doctor';
  return undefined;
}

/** A kernel that does not account swap lacks these files; nothing is lost worth a warning. */
export const isUnaccountedSwap = (write: CgroupWrite, error: unknown): boolean =>
  errnoOf(error) === 'ENOENT' && /memory\.(memsw|swap)\./.test(write.file);

/** For people: a wish that was not granted. */
export const wishWarning = (write: CgroupWrite, error: unknown): string =>
  `write ${write.value} to ${write.file}: ${errnoOf(error) ?? String(error)}`;

/** PodError `CgroupBusy`: `dir` cannot be removed; names the processes in it. */
export function busy(dir: string): PodError {
  const pids = processesOfTree(dir);
  const who = pids.length === 0 ? 'no process is seen in it' : `processes ${pids.slice(0, 10).join(', ')} live in it`;
  return new PodError('CgroupBusy', `remove cgroup ${dir}: ${who}`, { details: { processes: pids.length } });
}

/** PodError `Unkillable`: SIGKILL did not end them. */
export function unkillable(dir: string, pids: readonly number[]): PodError {
  return new PodError('Unkillable', `kill all in ${dir}: processes ${pids.slice(0, 10).join(', ')} do not end`, {
    hint: `they wait in the kernel, often for a disk or network file system: see /proc/${pids[0]}/stack`,
    details: { processes: pids.length },
  });
}
