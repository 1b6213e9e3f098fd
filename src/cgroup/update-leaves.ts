/** The leaves of a running container follow its changed programs. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { treeBelow } from './cgroup-tree.ts';
import { applyEach, cgroupProcesses } from './driver.ts';
import { makeAll } from './make-dirs.ts';
import { cgroupDirs, cgroupName, leafCgroup, planPlacement } from './paths.ts';
import { allExtras } from './plan-extras.ts';
import { type LeafResources, planLeaf, planLeafAnew, planLeafUpdate } from './plan-leaf.ts';
import type { Bound } from './plan-nesting.ts';
import { presentExtras } from './present-extras.ts';
import { fieldsOfFiles } from './taken-resources.ts';

export interface UpdatedLeaves {
  /** of all wanted programs */
  readonly leaves: CgroupPlacement['leaves'];
  readonly warnings: readonly string[];
  /** kept leaves of which the kernel refuses a new limit (memory in use): of that field they keep what they have */
  readonly refused: ReadonlyMap<string, LeafRefusal>;
}

export interface LeafRefusal {
  /** the first */
  readonly error: unknown;
  /** fields of ResourceSpec */
  readonly fields: ReadonlySet<string>;
}

/**
 * Makes the leaves of new programs with their limits and changes those of kept ones in place; nothing is removed. The same again
 * does no harm. `relative`: containerCgroup; `app`: boundOfApp. Throws PodError `CgroupRefused` when a new leaf cannot be made or limited.
 */
export function updateLeaves(
  layout: CgroupLayout,
  relative: string,
  from: LeafResources,
  to: LeafResources,
  app: Bound,
): UpdatedLeaves {
  const { leaves } = planPlacement(layout, relative, [...to.keys()], presentExtras(layout, relative));
  const warnings: string[] = [];
  const refused = new Map<string, LeafRefusal>();
  for (const [leaf, resources] of to) {
    const before = from.get(leaf);
    const dirs = leaves[leaf] ?? [];
    const planned = planMade(leafCgroup(relative, leaf), dirs, before, resources, layout, app);
    const result = applyEach(planned.filter(({ file }) => dirs.includes(dirname(file))));
    warnings.push(...result.warnings);
    const [first] = result.refused;
    if (first === undefined) continue;
    if (before === undefined) throw first.error;
    const files = result.refused.map(({ file }) => file);
    refused.set(leaf, { error: first.error, fields: fieldsOfFiles(files, [before, resources], layout) });
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
  app: Bound,
) {
  const isFresh = !dirs.some((dir) => existsSync(dir));
  makeAll(dirs);
  if (isFresh) return planLeaf(path, resources, layout, app);
  // Of a program that was removed and comes back, or of an update that was cut off.
  if (before === undefined) return planLeafAnew(path, resources, layout, app);
  return planLeafUpdate(path, before, resources, layout, app);
}

/** Directory names of a container's leaves that have no process, over all hierarchies; `relative`: containerCgroup. */
export function emptyLeaves(layout: CgroupLayout, relative: string): readonly string[] {
  const names = cgroupDirs(layout, `${relative}/app`, allExtras).flatMap(treeBelow);
  const leaves = new Set(names.filter((name) => !name.includes('/')));
  return [...leaves].filter((name) => cgroupProcesses(layout, `${relative}/app/${name}`).length === 0);
}

/** The directory name of a leaf, as emptyLeaves gives it. */
export const leafName = cgroupName;
