/** The container's cgroup as PID 1 uses it after the pivot: `app` by directory fds opened on the host, everything below by name. */
import { closeSync, constants, existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { posix } from 'node:path';
import { openAt, openDirectory } from '../linux/at.ts';
import { sendSignal } from '../linux/process.ts';
import { cgroupJoinFile } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';

export interface CgroupTree {
  /** fds of a leaf's join files, for the spawned child to write itself into; opened at its first use and kept */
  readonly procsOf: (leaf: string) => readonly number[];
  /** whether the kernel OOM-killed a process of the leaf since the last call */
  readonly wasOomKilled: (leaf: string) => boolean;
  /** to every process in every leaf */
  readonly signalAll: (signal: number) => void;
  /** KILL everything once; forks may escape on v1: call again until no child is left */
  readonly killAll: () => void;
  /** only the zygote's warm-up closes it */
  readonly close: () => void;
}

const { O_RDONLY, O_WRONLY } = constants;

/** Open what is needed later; must run before the pivot. */
export function openCgroupTree(placement: CgroupPlacement): CgroupTree {
  const app = placement.app.map(openDirectory);
  const having = (file: string): number | undefined =>
    app[placement.app.findIndex((path) => existsSync(`${path}/${file}`))];
  // the planner may have changed a name that every cgroup directory has as a file
  const leafDirs = new Map(Object.entries(placement.leaves).map(([leaf, [path = '']]) => [leaf, posix.basename(path)]));
  const procs = new Map<string, readonly number[]>();
  const oomKills = new Map<string, number>();
  const oomFile = placement.layout === 'v2' ? 'memory.events' : 'memory.oom_control';
  const memory = having(oomFile);
  const killer = having('cgroup.kill');
  const freezer = killer === undefined ? having('freezer.state') : undefined;

  const procsOf = (leaf: string): readonly number[] => {
    const known = procs.get(leaf);
    const name = leafDirs.get(leaf);
    if (known !== undefined || name === undefined) return known ?? [];
    const fds = app.map((directory) => openAt(directory, `${name}/${cgroupJoinFile(placement.layout)}`, O_WRONLY));
    procs.set(leaf, fds);
    return fds;
  };
  const signalAll = (signal: number): void => {
    // every hierarchy holds the same processes: the first will do
    for (const leaf of leafDirs.values()) for (const pid of processesOf(app[0], leaf)) sendSignal(pid, signal);
  };
  return {
    procsOf,
    wasOomKilled: (leaf) => {
      const count = countOomKills(memory, `${leafDirs.get(leaf)}/${oomFile}`);
      const more = count > (oomKills.get(leaf) ?? 0);
      oomKills.set(leaf, count);
      return more;
    },
    signalAll,
    killAll: () => {
      if (killer !== undefined) return writeAt(killer, 'cgroup.kill', '1');
      // nothing can fork while frozen; the KILL takes effect on thaw
      if (freezer !== undefined) writeAt(freezer, 'freezer.state', 'FROZEN');
      try {
        signalAll(9);
      } finally {
        if (freezer !== undefined) writeAt(freezer, 'freezer.state', 'THAWED');
      }
    },
    close: () => {
      for (const fd of [...app, ...[...procs.values()].flat()]) closeSync(fd);
    },
  };
}

function writeAt(directory: number, name: string, value: string): void {
  const fd = openAt(directory, name, O_WRONLY);
  try {
    writeSync(fd, value);
  } finally {
    closeSync(fd);
  }
}

function readAt(directory: number, name: string): string {
  const fd = openAt(directory, name, O_RDONLY);
  try {
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

/** Pids as this process's pid namespace sees them; 0 stands for one outside of it. */
function processesOf(app: number | undefined, leaf: string): number[] {
  if (app === undefined) return [];
  return readAt(app, `${leaf}/cgroup.procs`)
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** v1 memory.oom_control and v2 memory.events both have a line `oom_kill N`. */
function countOomKills(memory: number | undefined, file: string): number {
  if (memory === undefined) return 0;
  return Number(/^oom_kill (\d+)$/m.exec(readAt(memory, file))?.[1] ?? 0);
}

/** Move this process into one group of every hierarchy; `directories` are of the given placement. */
export function joinCgroups(directories: readonly string[], placement: CgroupPlacement): void {
  for (const path of directories) writeFileSync(`${path}/${cgroupJoinFile(placement.layout)}`, '0');
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
