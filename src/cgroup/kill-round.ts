/** One shot at everything in a cgroup; the caller repeats it until the cgroup is empty. */
import { join } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import { errnoOf, processesOfTree, treeBelow, writeExisting } from './cgroup-tree.ts';
import { refused } from './refusals.ts';

/**
 * `cgroup.kill` where there is one; else SIGKILL to each process, frozen from the second round on. `dir` is in the
 * hierarchy that holds every process.
 */
export function killRound(layout: CgroupLayout, dir: string, round: number): void {
  if (layout.kind === 'v2' && tryWrite(join(dir, 'cgroup.kill'), '1')) return;
  // Most trees die by the first shot; freezing keeps what is left from forking faster than it is killed.
  const freezer = round === 0 ? undefined : freezerOf(layout);
  if (freezer !== undefined) tryWrite(join(dir, freezer.file), freezer.freeze);
  for (const pid of processesOfTree(dir)) killQuietly(pid);
  if (freezer === undefined) return;
  // v1: a frozen process does not die before it is thawed, and a paused leaf is frozen on its own account.
  for (const name of ['', ...treeBelow(dir)]) tryWrite(join(dir, name, freezer.file), freezer.thaw);
}

function freezerOf(layout: CgroupLayout): { file: string; freeze: string; thaw: string } | undefined {
  if (layout.kind === 'v2') return { file: 'cgroup.freeze', freeze: '1', thaw: '0' };
  if (layout.v1.freezer === undefined) return undefined;
  return { file: 'freezer.state', freeze: 'FROZEN', thaw: 'THAWED' };
}

/** False when the file (older kernel) or its directory (removed meanwhile) is not there. */
function tryWrite(file: string, value: string): boolean {
  try {
    writeExisting(file, value);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes(errnoOf(error) ?? '')) return false;
    throw refused(`write ${value} to ${file}`, error);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw refused(`kill process ${pid}`, error);
  }
}
