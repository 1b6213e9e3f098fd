/**
 * Performs on the kernel what the planner decided: makes, fills, empties and removes cgroup directories. Synchronous where
 * a container start waits for it (40 directories and 20 writes in 2.3 ms on v1), asynchronous where the kernel needs time.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { ResourceSpec } from '../model/pod-spec.ts';
import { PodError } from '../util/pod-error.ts';
import { processesOfTree, readIfThere, removeDir, removeTrees, treeBelow, writeExisting } from './cgroup-tree.ts';
import { killRound } from './kill-round.ts';
import { limitDevices } from './limit-devices.ts';
import { makeContainerDirs, makeLeafDirs, makePodDirs } from './make-dirs.ts';
import { cgroupDirs, containerCgroup, planPlacement, podCgroup } from './paths.ts';
import { planCgroup, planPodCgroup } from './plan.ts';
import type { DeviceAccess } from './plan-devices.ts';
import { type LeafResources, planLeaves, wantsIo } from './plan-leaf.ts';
import { busy, isUnaccountedSwap, refused, unkillable, wishWarning, writeHint } from './refusals.ts';

export interface CreateOptions extends DeviceAccess {
  /** resources of all the pod's containers: their requests are the pod's CPU weight */
  readonly podResources?: readonly ResourceSpec[];
  /** limits of single programs, by leaf */
  readonly leafResources?: LeafResources;
}

export interface CreatedCgroups extends CgroupPlacement {
  /** wishes that the kernel refused, for an event on the pod */
  readonly warnings: readonly string[];
}

/** How long killed processes may take to go: a process in uninterruptible sleep may never do. */
const killTimeoutMs = 10_000;
const removeTimeoutMs = 2_000;

/**
 * Makes a container's directories in every hierarchy (`leaves`: program names and `_exec`) and writes its limits. Directories
 * left by an earlier start are removed first, so counters begin at zero. On v2 the leaves' limits come back as `leafWrites`. Throws PodError `CgroupRefused`, leaving nothing, or `CgroupBusy` when it runs.
 */
export function createContainerCgroups(
  layout: CgroupLayout,
  parent: string,
  podUid: string,
  container: string,
  leaves: readonly string[],
  resources: ResourceSpec,
  options: CreateOptions = {},
): CreatedCgroups {
  const { podResources, leafResources = new Map() } = options;
  const pod = podCgroup(parent, podUid);
  const relative = containerCgroup(parent, podUid, container);
  const io = wantsIo(leafResources);
  const placement = planPlacement(layout, relative, leaves, io);
  try {
    makePodDirs(layout, parent, pod, io);
    makeContainerDirs(layout, relative, placement, io);
    const warnings = applyCgroupWrites([
      ...(podResources === undefined ? [] : planPodCgroup(pod, podResources, layout)),
      ...planCgroup(relative, resources, layout, options),
    ]);
    limitDevices(layout, relative, options);
    makeLeafDirs(placement);
    return limitLeaves(layout, relative, leafResources, { ...placement, warnings });
  } catch (error) {
    const isLiving = error instanceof PodError && error.code === 'CgroupBusy';
    if (!isLiving) removeTrees(cgroupDirs(layout, relative, io));
    throw error;
  }
}

function limitLeaves(
  layout: CgroupLayout,
  relative: string,
  leaves: LeafResources,
  created: CreatedCgroups,
): CreatedCgroups {
  const writes = planLeaves(relative, leaves, layout);
  if (writes.length === 0) return created;
  if (layout.kind === 'v2') return { ...created, leafWrites: writes };
  return { ...created, warnings: [...created.warnings, ...applyCgroupWrites(writes)] };
}

/** Performs the writes in order; refused wishes are returned as warnings. Throws PodError `CgroupRefused` naming file and value. */
export function applyCgroupWrites(writes: readonly CgroupWrite[]): string[] {
  return writes.flatMap((write) => {
    try {
      writeExisting(write.file, write.value);
      return [];
    } catch (error) {
      if (write.wish === true) return isUnaccountedSwap(write, error) ? [] : [wishWarning(write, error)];
      throw refused(`write ${write.value} to ${write.file}`, error, writeHint(write, error));
    }
  });
}

/** Pids in podd's pid namespace of all processes in `relative` and below; empty when it does not exist. */
export function cgroupProcesses(layout: CgroupLayout, relative: string): number[] {
  return processesOfTree(primaryDir(layout, relative));
}

/**
 * Kills everything in `relative` and below, new forks and setsid'd grandchildren included, and resolves when it is empty.
 * Rejects with PodError `Unkillable` when processes are still there after 10 s (uninterruptible sleep).
 */
export async function killCgroup(layout: CgroupLayout, relative: string): Promise<void> {
  const dir = primaryDir(layout, relative);
  const deadline = performance.now() + killTimeoutMs;
  for (let round = 0; ; round++) {
    const pids = processesOfTree(dir);
    if (pids.length === 0) return;
    if (performance.now() > deadline) throw unkillable(dir, pids);
    killRound(layout, dir, round);
    await pause(round);
  }
}

/** Removes `relative` and everything below in all hierarchies; no error when it is not there. Rejects with PodError `CgroupBusy`. */
export async function removeCgroup(layout: CgroupLayout, relative: string): Promise<void> {
  const deadline = performance.now() + removeTimeoutMs;
  let left: readonly string[] = cgroupDirs(layout, relative, true);
  for (let round = 0; ; round++) {
    left = removeTrees(left);
    const [first] = left;
    if (first === undefined) return;
    if (performance.now() > deadline) throw busy(first);
    await pause(round);
  }
}

/** Removes the instance's own directory where no pod is left in it; true when it is gone everywhere. */
export function removeParentIfEmpty(layout: CgroupLayout, parent: string): boolean {
  return cgroupDirs(layout, parent, true).filter((dir) => !removeDir(dir)).length === 0;
}

/** How many processes of `relative` and below the OOM killer took; 0 when the kernel does not count them. */
export function readOomKills(layout: CgroupLayout, relative: string): number {
  // v2 counts hierarchically, v1 only in the group of the process itself.
  if (layout.kind === 'v2') return oomKillsIn(join(primaryDir(layout, relative), 'memory.events'));
  const dir = join(layout.v1.memory ?? '', relative);
  return [...treeBelow(dir), ''].reduce((sum, name) => sum + oomKillsIn(join(dir, name, 'memory.oom_control')), 0);
}

function oomKillsIn(file: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(readIfThere(file) ?? '')?.[1] ?? 0);
}

/** The hierarchy that holds every process (see `hierarchies`). */
function primaryDir(layout: CgroupLayout, relative: string): string {
  const [dir] = cgroupDirs(layout, relative);
  if (dir === undefined) throw new Error('bug: a cgroup layout without hierarchies');
  return dir;
}

/** At once, then 1 ms doubling to 64 ms. */
const pause = (round: number): Promise<void> => delay(round < 2 ? 0 : Math.min(64, 2 ** (round - 2)));
