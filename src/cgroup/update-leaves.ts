/** The leaves of a running container follow its changed programs. */
import { existsSync } from 'node:fs';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { ResourceSpec } from '../model/pod-spec.ts';
import { treeBelow } from './cgroup-tree.ts';
import { applyCgroupWrites, cgroupProcesses } from './driver.ts';
import { makeAll } from './make-dirs.ts';
import { cgroupDirs, cgroupName, leafCgroup, planPlacement } from './paths.ts';
import { type LeafResources, planLeaf, planLeafAnew, planLeafUpdate } from './plan-leaf.ts';

export interface UpdatedLeaves {
  /** of all wanted programs */
  readonly leaves: CgroupPlacement['leaves'];
  readonly warnings: readonly string[];
  /** kept leaves whose new limit the kernel refuses (memory in use): what they have, they keep */
  readonly refused: ReadonlyMap<string, unknown>;
}

/**
 * Makes the leaves of new programs with their limits and changes those of kept ones in place; nothing is removed. The same again
 * does no harm. `relative`: containerCgroup. Throws PodError `CgroupRefused` when a new leaf cannot be made or limited.
 */
export function updateLeaves(
  layout: CgroupLayout,
  relative: string,
  from: LeafResources,
  to: LeafResources,
): UpdatedLeaves {
  const hasIo = cgroupDirs(layout, relative, true).every((dir) => existsSync(dir));
  const { leaves } = planPlacement(layout, relative, [...to.keys()], hasIo);
  const warnings: string[] = [];
  const refused = new Map<string, unknown>();
  for (const [leaf, resources] of to) {
    const before = from.get(leaf);
    try {
      const path = leafCgroup(relative, leaf);
      warnings.push(...applyCgroupWrites(planMade(path, leaves[leaf] ?? [], before, resources, layout)));
    } catch (error) {
      if (before === undefined) throw error;
      refused.set(leaf, error);
    }
  }
  return { leaves, warnings, refused };
}

/** Makes the directories where they are missing. */
function planMade(
  path: string,
  dirs: readonly string[],
  before: ResourceSpec | undefined,
  resources: ResourceSpec,
  layout: CgroupLayout,
) {
  const isFresh = !dirs.some((dir) => existsSync(dir));
  makeAll(dirs);
  if (isFresh) return planLeaf(path, resources, layout);
  // Of a program that was removed and comes back, or of an update that was cut off.
  if (before === undefined) return planLeafAnew(path, resources, layout);
  return planLeafUpdate(path, before, resources, layout);
}

/** Directory names of a container's leaves that have no process, over all hierarchies; `relative`: containerCgroup. */
export function emptyLeaves(layout: CgroupLayout, relative: string): readonly string[] {
  const names = cgroupDirs(layout, `${relative}/app`, true).flatMap(treeBelow);
  const leaves = new Set(names.filter((name) => !name.includes('/')));
  return [...leaves].filter((name) => cgroupProcesses(layout, `${relative}/app/${name}`).length === 0);
}

/** The directory name of a leaf, as emptyLeaves gives it. */
export const leafName = cgroupName;
