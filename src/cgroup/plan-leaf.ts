/** Limits of single programs on their cgroup leaves, inside the container's. Pure. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { programKey } from '../model/program-name.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { leafCgroup } from './paths.ts';
import { leafDirectory } from './plan-leaf-directory.ts';
import { type Bound, outermost } from './plan-nesting.ts';
import { planTree } from './plan-tree.ts';

/** Resources by programKey. */
export type LeafResources = ReadonlyMap<string, ResourceSpec>;

/**
 * What each instance's leaf is to have. As soon as one program requests CPU time, those that request none count as requesting
 * nothing at all, as containers do; else all weigh the same and no weight is written.
 */
export function leafResources({ programs }: Pick<ContainerSpec, 'programs'>): LeafResources {
  const isWeighed = programs.some(({ resources }) => resources.cpuRequestMillis !== undefined);
  const leaves = programs.flatMap(({ name, instances = 1, resources }) => {
    const all = isWeighed ? { cpuRequestMillis: 0, ...resources } : resources;
    return Array.from({ length: instances }, (_, n): [string, ResourceSpec] => [programKey(name, n), all]);
  });
  return new Map(leaves);
}

/** Writes for a fresh leaf `relative` (leafCgroup); what is not limited needs none. `app`: boundOfApp, where that limits anything. */
export function planLeaf(
  relative: string,
  resources: ResourceSpec,
  layout: CgroupLayout,
  app: Bound = outermost(layout),
): CgroupWrite[] {
  return planTree([], [leafDirectory(relative, resources, app, layout)], layout);
}

/** Writes for all fresh leaves of a container; `relative`: containerCgroup. */
export function planLeaves(
  relative: string,
  leaves: LeafResources,
  layout: CgroupLayout,
  app: Bound = outermost(layout),
): CgroupWrite[] {
  return [...leaves].flatMap(([leaf, resources]) => planLeaf(leafCgroup(relative, leaf), resources, layout, app));
}

/** In-place change: only what differs, resets included. Equal resources give `[]`. */
export function planLeafUpdate(
  relative: string,
  from: ResourceSpec,
  to: ResourceSpec,
  layout: CgroupLayout,
  app: Bound = outermost(layout),
): CgroupWrite[] {
  const directory = (resources: ResourceSpec) => [leafDirectory(relative, resources, app, layout)];
  return planTree(directory(from), directory(to), layout);
}

/** Something in every file that a leaf of an earlier run may have been limited by, so that what is not wanted is set back. */
const anything: ResourceSpec = {
  cpuLimitMillis: 1,
  cpuPeriodUs: 1_000,
  cpuBurstUs: 1,
  cpuWeight: 1,
  cpus: '0',
  mems: '0',
  memoryLimitBytes: 4_096,
  memoryLowBytes: 4_096,
  memoryHighBytes: 4_096,
  memoryMinBytes: 4_096,
  memorySwapBytes: 4_096,
  memoryOomGroup: true,
  pidsLimit: 1,
};

/** Everything, for a leaf that may have had any limits before; what is set back to what it may have had anyway is a wish. */
export function planLeafAnew(
  relative: string,
  resources: ResourceSpec,
  layout: CgroupLayout,
  app: Bound = outermost(layout),
): CgroupWrite[] {
  const wanted = leafDirectory(relative, resources, app, layout);
  const before = leafDirectory(relative, anything, {}, layout);
  const reset = planTree([before], [{ ...before, settings: new Map() }], layout);
  return [
    ...reset.map((write) => ({ ...write, wish: true })),
    ...planTree([], [{ ...wanted, madeWith: 'unknown' }], layout),
  ];
}
