/**
 * Performs on the kernel what the planner decided: makes, fills, empties and removes cgroup directories. Synchronous where
 * a container start waits for it (40 directories and 20 writes in 2.3 ms on v1), asynchronous where the kernel needs time.
 */
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CgroupLayout, type CgroupWrite, type Extras, isBelow } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { AppliedResources } from '../model/pod-record.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { PodError } from '../util/pod-error.ts';
import { processesOfTree, readIfThere, removeDir, removeTrees, treeBelow, writeExisting } from './cgroup-tree.ts';
import { killRound } from './kill-round.ts';
import { limitDevices } from './limit-devices.ts';
import { makeContainerDirs, makeLeafDirs, makePodDirs } from './make-dirs.ts';
import { cgroupDirs, containerCgroup, hierarchies, planPlacement, podCgroup } from './paths.ts';
import { boundOfApp, planCgroup, planPodCgroup } from './plan.ts';
import type { DeviceAccess } from './plan-devices.ts';
import { allExtras, noExtras } from './plan-extras.ts';
import { type LeafResources, planLeaves } from './plan-leaf.ts';
import { socketPriority } from './plan-setting.ts';
import { prioritiseSockets } from './prioritise-sockets.ts';
import { busy, isUnaccountedSwap, refused, unkillable, wishWarning, writeHint } from './refusals.ts';

export interface CreateOptions extends DeviceAccess {
  readonly pod?: PodLevel;
  /** limits of single programs, by leaf */
  readonly leafResources?: LeafResources;
  /** extrasOf */
  readonly extras?: Extras;
}

/** A pod's own directory. */
export interface PodLevel {
  /** podResources of what is wanted: written where the directory is new */
  readonly wanted: AppliedResources;
  /** what was written to it when it was made or changed last */
  readonly applied?: AppliedResources;
}

export interface CreatedCgroups extends CgroupPlacement {
  /** wishes that the kernel refused, for an event on the pod */
  readonly warnings: readonly string[];
  /** the pod's own directory was made, with what is wanted of it */
  readonly isPodNew: boolean;
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
  const { pod: podLevel = { wanted: {} }, leafResources = new Map(), extras = noExtras } = options;
  const relative = containerCgroup(parent, podUid, container);
  const placement = planPlacement(layout, relative, leaves, extras);
  try {
    const { pod, isPodNew, warnings } = makePod(layout, parent, podCgroup(parent, podUid), podLevel, extras);
    makeContainerDirs(layout, relative, placement, extras);
    warnings.push(
      ...applyCgroupWrites(planCgroup(relative, resources, layout, { ...options, pod, leaves: leafResources })),
    );
    limitDevices(layout, relative, options);
    makeLeafDirs(placement);
    const all = new Map([...leaves.map((leaf): [string, ResourceSpec] => [leaf, {}]), ...leafResources]);
    const writes = planLeaves(relative, all, layout, boundOfApp(pod, resources, layout));
    return limitLeaves(layout, writes, { ...placement, isPodNew, warnings });
  } catch (error) {
    const isLiving = error instanceof PodError && error.code === 'CgroupBusy';
    if (!isLiving) removeTrees(cgroupDirs(layout, relative, extras));
    throw error;
  }
}

/** Limits are written only where the directory is new: what is there already is changed by who sees all that is in it (planPodChange). */
function makePod(
  layout: CgroupLayout,
  parent: string,
  relative: string,
  { wanted, applied }: PodLevel,
  extras: Extras,
): { readonly pod: ResourceSpec; readonly isPodNew: boolean; readonly warnings: string[] } {
  const fresh = makePodDirs(layout, parent, relative, extras);
  const isPodNew = hierarchies(layout).every(({ path }) => fresh.includes(path));
  const pod = isPodNew ? wanted : (applied ?? {});
  const isFresh = ({ file }: CgroupWrite) => fresh.some((root) => isBelow(file, root));
  const warnings = applyCgroupWrites(planPodCgroup(relative, pod, layout).filter(isFresh));
  return { pod, isPodNew, warnings };
}

function limitLeaves(layout: CgroupLayout, writes: readonly CgroupWrite[], created: CreatedCgroups): CreatedCgroups {
  // A leaf's files come to be when podinit has left `app`.
  const isLater = ({ file }: CgroupWrite) => layout.kind === 'v2' && basename(file) !== socketPriority.name;
  const leafWrites = writes.filter(isLater);
  const warnings = applyCgroupWrites(writes.filter((write) => !isLater(write)));
  return {
    ...{ ...created, warnings: [...created.warnings, ...warnings] },
    ...(leafWrites.length === 0 ? {} : { leafWrites }),
  };
}

/** Performs the writes in order; refused wishes are returned as warnings. Throws PodError `CgroupRefused` naming file and value. */
export function applyCgroupWrites(writes: readonly CgroupWrite[]): string[] {
  return writes.flatMap((write) => {
    try {
      perform(write);
      return [];
    } catch (error) {
      if (write.wish === true) return isUnaccountedSwap(write, error) ? [] : [wishWarning(write, error)];
      throw refused(`write ${write.value} to ${write.file}`, error, writeHint(write, error));
    }
  });
}

function perform({ file, value }: CgroupWrite): void {
  if (basename(file) !== socketPriority.name) return writeExisting(file, value);
  prioritiseSockets(dirname(file), value === socketPriority.none ? undefined : Number(value));
}

export interface Refusal {
  readonly file: string;
  readonly error: unknown;
}

/** As applyCgroupWrites, but what the kernel refuses does not keep the rest from it: the refusals come back, in order. */
export function applyEach(writes: readonly CgroupWrite[]): {
  readonly warnings: readonly string[];
  readonly refused: readonly Refusal[];
} {
  const refusals: Refusal[] = [];
  const warnings = writes.flatMap((write) => {
    try {
      return applyCgroupWrites([write]);
    } catch (error) {
      refusals.push({ file: write.file, error });
      return [];
    }
  });
  return { warnings, refused: refusals };
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

/** One round of killCgroup, for who looks again: nothing goes on behind its back when the cgroup is somebody else's. Thaws what is paused. */
export const shootCgroup = (layout: CgroupLayout, relative: string): void =>
  killRound(layout, primaryDir(layout, relative), 1);

/** Removes `relative` and everything below in all hierarchies; no error when it is not there. Rejects with PodError `CgroupBusy`. */
export async function removeCgroup(layout: CgroupLayout, relative: string): Promise<void> {
  const deadline = performance.now() + removeTimeoutMs;
  let left: readonly string[] = cgroupDirs(layout, relative, allExtras);
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
  return cgroupDirs(layout, parent, allExtras).filter((dir) => !removeDir(dir)).length === 0;
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
