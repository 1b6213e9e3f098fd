/** The container's cgroup as PID 1 uses it after the pivot: directory fds opened on the host, files by name. */
import { closeSync, constants, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { openAt, openDirectory } from '../linux/at.ts';
import { sendSignal } from '../linux/process.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';

export interface CgroupTree {
  /** cgroup.procs fds of a program's leaf, for the spawned child to write itself into */
  readonly procsOf: (leaf: string) => readonly number[];
  /** processes the kernel OOM-killed in a leaf since it exists */
  readonly oomKills: (leaf: string) => number;
  /** to every process in every leaf */
  readonly signalAll: (signal: number) => void;
  /** KILL everything once; forks may escape on v1: call again until no child is left */
  readonly killAll: () => void;
}

interface Leaf {
  readonly directories: readonly number[];
  readonly procs: readonly number[];
}

/** Open everything needed later; must run before the pivot. */
export function openCgroupTree(placement: CgroupPlacement): CgroupTree {
  const leaves = new Map(Object.entries(placement.leaves).map(([name, directories]) => [name, openLeaf(directories)]));
  const app = placement.app.map(openDirectory);
  const killFile = firstFile(app, 'cgroup.kill');
  const freezer = killFile === undefined ? firstFile(app, 'freezer.state') : undefined;
  const signalAll = (signal: number): void => {
    for (const leaf of leaves.values()) for (const pid of processesOf(leaf)) sendSignal(pid, signal);
  };
  return {
    procsOf: (name) => leaves.get(name)?.procs ?? [],
    oomKills: (name) => countOomKills(leaves.get(name)?.directories ?? []),
    signalAll,
    killAll: () => {
      if (killFile !== undefined) {
        writeSync(killFile, '1');
        return;
      }
      // nothing can fork while frozen; the KILL takes effect on thaw
      if (freezer !== undefined) writeSync(freezer, 'FROZEN');
      signalAll(9);
      if (freezer !== undefined) writeSync(freezer, 'THAWED');
    },
  };
}

function openLeaf(paths: readonly string[]): Leaf {
  const directories = paths.map(openDirectory);
  return { directories, procs: directories.map((fd) => openAt(fd, 'cgroup.procs', constants.O_WRONLY)) };
}

function firstFile(directories: readonly number[], name: string): number | undefined {
  for (const directory of directories) {
    try {
      return openAt(directory, name, constants.O_WRONLY);
    } catch {
      // not in this hierarchy
    }
  }
  return undefined;
}

function readAt(directory: number, name: string): string | undefined {
  try {
    const fd = openAt(directory, name, constants.O_RDONLY);
    try {
      return readFileSync(fd, 'latin1');
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Pids as this process's pid namespace sees them; 0 stands for one outside of it. */
function processesOf(leaf: Leaf): number[] {
  const pids = new Set<number>();
  for (const directory of leaf.directories) {
    for (const line of readAt(directory, 'cgroup.procs')?.split('\n') ?? []) if (Number(line) > 0) pids.add(Number(line));
  }
  return [...pids];
}

/** v1 memory.oom_control and v2 memory.events both have a line `oom_kill N`. */
function countOomKills(directories: readonly number[]): number {
  for (const directory of directories) {
    const text = readAt(directory, 'memory.oom_control') ?? readAt(directory, 'memory.events');
    const count = text?.match(/^oom_kill (\d+)$/m)?.[1];
    if (count !== undefined) return Number(count);
  }
  return 0;
}

/** Write this process into every given directory's cgroup.procs. */
export function joinCgroups(directories: readonly string[]): void {
  for (const path of directories) {
    const directory = openDirectory(path);
    const fd = openAt(directory, 'cgroup.procs', constants.O_WRONLY);
    try {
      writeSync(fd, '0');
    } finally {
      closeSync(fd);
      closeSync(directory);
    }
  }
}

/**
 * On v2 a cgroup with processes of its own cannot hand controllers to children (no internal processes, cgroup-v2.rst):
 * `app` can do so only after podinit has left it.
 */
export function enableLeafControllers(placement: CgroupPlacement): void {
  if (placement.layout !== 'v2') return;
  for (const path of placement.app) {
    const controllers = readFileSync(`${path}/cgroup.controllers`, 'latin1').trim().split(' ').filter(Boolean);
    writeFileSync(`${path}/cgroup.subtree_control`, controllers.map((controller) => `+${controller}`).join(' '));
  }
}
