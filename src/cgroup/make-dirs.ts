/** The directories of a container, made top down; on v2 controllers are handed down on the way. */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { CgroupLayout, Extras } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import { errnoOf, processesOfTree, readIfThere, removeTrees, writeExisting } from './cgroup-tree.ts';
import { cgroupDirs, hierarchies } from './paths.ts';
import { busy, controllerHint, mkdirHint, refused } from './refusals.ts';

/** Controllers that containers get, where cgroup2 has them. */
const v2Wanted = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'];

/** The pod's directory in every hierarchy, and the instance's above it. Returns those hierarchies' mount points where it is new. */
export function makePodDirs(layout: CgroupLayout, parent: string, pod: string, extras: Extras): readonly string[] {
  const roots = hierarchies(layout, extras).map((hierarchy) => hierarchy.path);
  const fresh = roots.filter((root) => {
    let made = makeDir(join(root, pod));
    if (made === 'parent missing') {
      makeParent(layout, root, parent);
      made = makeDir(join(root, pod));
      if (made === 'parent missing') throw refused(`make cgroup ${join(root, pod)}`, new Error('its parent vanished'));
    }
    if (root === layout.v1.cpuset) fillCpuset(root, parent, pod);
    return made === 'made';
  });
  for (const root of roots.filter((root) => root === layout.v2Root))
    for (const below of ['', parent, pod]) enableControllers(layout, join(root, below));
  return fresh;
}

function makeDir(dir: string): 'made' | 'there' | 'parent missing' {
  try {
    mkdirSync(dir);
    return 'made';
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'there';
    if (errnoOf(error) === 'ENOENT') return 'parent missing';
    throw refused(`make cgroup ${dir}`, error, mkdirHint(error));
  }
}

/** The instance's own directory in every hierarchy, with what the root can hand down. */
export function makeParents(layout: CgroupLayout, parent: string, extras: Extras): void {
  for (const { path } of hierarchies(layout, extras)) makeParent(layout, path, parent);
}

/** The instance as a whole weighs one ordinary process per CPU, as kubepods does. */
function makeParent(layout: CgroupLayout, root: string, parent: string): void {
  const dir = join(root, parent);
  if (makeDir(dir) === 'parent missing') throw refused(`make cgroup ${dir}`, new Error(`${root} is gone`));
  const cpus = availableParallelism();
  if (root === layout.v1.cpu) {
    writeWish(join(dir, 'cpu.shares'), 1_024 * cpus);
  }
  if (root === layout.v2Root) enableControllers(layout, root);
  if (layout.kind === 'v2') {
    writeWish(join(dir, 'cpu.weight'), Math.min(10_000, 100 * cpus));
  }
}

/** A weight is worth no failed start. */
function writeWish(file: string, value: number): void {
  try {
    writeExisting(file, String(value));
  } catch {}
}

/** A new cpuset has no CPUs and takes no process: the first pod fills its own and its parent's, later ones copy at mkdir. */
function fillCpuset(root: string, parent: string, pod: string): void {
  if (readIfThere(join(root, pod, 'cpuset.cpus'))?.trim() !== '') return;
  for (const dir of [join(root, parent), join(root, pod)]) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeExisting(join(dir, file), (readIfThere(join(root, file)) ?? '').trim());
    }
    writeExisting(join(dir, 'cgroup.clone_children'), '1');
  }
}

/**
 * Down to the container's directory, so that `app` has its files. Not in `app` itself: a group whose subtree_control is set
 * takes no process, and the init must enter `app` once to make it the root of its cgroup namespace.
 */
function enableControllers(layout: CgroupLayout, dir: string): void {
  const file = join(dir, 'cgroup.subtree_control');
  const enabled = (readIfThere(file) ?? '').trim().split(' ');
  const missing = v2Wanted.filter((name) => layout.v2Controllers.includes(name) && !enabled.includes(name));
  if (missing.length === 0) return;
  const value = missing.map((name) => `+${name}`).join(' ');
  try {
    writeExisting(file, value);
  } catch (error) {
    throw refused(`write ${value} to ${file}`, error, controllerHint(dir, error));
  }
}

/** A container's directory and its `app`, all new: empty ones of an earlier start are removed, living ones are PodError `CgroupBusy`. */
export function makeContainerDirs(
  layout: CgroupLayout,
  relative: string,
  placement: CgroupPlacement,
  extras: Extras,
): void {
  const dirs = cgroupDirs(layout, relative, extras);
  for (const dir of dirs) makeFreshDir(dir);
  if (layout.kind === 'v2') enableControllers(layout, dirs[0] ?? '');
  if (placement.unified !== undefined) enableControllers(layout, dirs.at(-1) ?? '');
  makeAll(placement.app);
  // No process enters this one: podinit goes past it.
  if (placement.unified !== undefined) enableControllers(layout, placement.app.at(-1) ?? '');
}

/** The rest. After the limits are written: v1 takes no `devices.deny a` once there are children, and leaves copy the rules. */
export function makeLeafDirs(placement: CgroupPlacement): void {
  makeAll([...placement.init, ...Object.values(placement.leaves).flat()]);
}

/** Directories whose parents are there; those that exist stay as they are. Throws PodError `CgroupRefused`. */
export function makeAll(dirs: readonly string[]): void {
  for (const dir of dirs) {
    if (makeDir(dir) === 'parent missing') throw refused(`make cgroup ${dir}`, new Error(`${dirname(dir)} vanished`));
  }
}

function makeFreshDir(dir: string): void {
  try {
    mkdirSync(dir);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw refused(`make cgroup ${dir}`, error, mkdirHint(error));
    if (processesOfTree(dir).length > 0 || removeTrees([dir]).length > 0) throw busy(dir);
    mkdirSync(dir);
  }
}
