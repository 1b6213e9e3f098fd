/** Limits of single programs on their cgroup leaves, inside the container's. Pure. */
import { join } from 'node:path';
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { ContainerSpec, ResourceSpec } from '../model/pod-spec.ts';
import { programKey } from '../model/program-name.ts';
import { leafCgroup, v1File } from './paths.ts';
import { orderMemory } from './plan.ts';
import { planV1Limits, planV1Shares } from './plan-v1.ts';
import { planV2Limits, planV2Weight, v2Root } from './plan-v2.ts';
import { v1Unlimited } from './plan-weights.ts';

/** Resources by programKey. */
export type LeafResources = ReadonlyMap<string, ResourceSpec>;

/** The kernel's own weights, which mean: nobody asked. */
const freshWeight = { v1: '1024', v2: '100' };
const freshIoWeight = 100;
/** v1 blkio.bfq.weight ends where v2 io.weight has nine tenths of its range left. */
const maxBfqWeight = 1_000;

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

/** True when a program wishes for a share of io: on v1 that takes one more hierarchy. */
export const wantsIo = (leaves: LeafResources): boolean =>
  [...leaves.values()].some(({ ioWeight }) => ioWeight !== undefined);

/** Writes for a fresh leaf `relative` (leafCgroup); what is not limited needs none. */
export function planLeaf(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  return planLeafUpdate(relative, {}, resources, layout);
}

/** Writes for all fresh leaves of a container; `relative`: containerCgroup. */
export function planLeaves(relative: string, leaves: LeafResources, layout: CgroupLayout): CgroupWrite[] {
  return [...leaves].flatMap(([leaf, resources]) => planLeaf(leafCgroup(relative, leaf), resources, layout));
}

/** In-place change: only what differs, resets included. Equal resources give `[]`. */
export function planLeafUpdate(
  relative: string,
  from: ResourceSpec,
  to: ResourceSpec,
  layout: CgroupLayout,
): CgroupWrite[] {
  const isIoMeant = from.ioWeight !== undefined || to.ioWeight !== undefined;
  const plan = (resources: ResourceSpec) =>
    planAll(relative, isIoMeant ? { ioWeight: freshIoWeight, ...resources } : resources, layout);
  const before = new Map(plan(from).map((write) => [write.file, write.value]));
  const changed = plan(to).filter((write) => before.get(write.file) !== write.value);
  return orderMemory(changed, before);
}

/** Everything, for a leaf that may have had any limits before. */
export function planLeafAnew(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const writes = planAll(relative, resources, layout);
  const memsw = writes.find(({ file }) => file.endsWith('memory.memsw.limit_in_bytes'));
  // v1 keeps limit ≤ memsw at every moment: with memsw out of the way any limit is taken.
  return memsw === undefined ? writes : [{ ...memsw, value: v1Unlimited }, ...writes];
}

function planAll(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  return layout.kind === 'v2' ? planAllV2(relative, resources, layout) : planAllV1(relative, resources, layout);
}

/** A kernel that shares no io out lacks the file, so only a wish for a weight is written. */
function planAllV2(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const { cpuRequestMillis, ioWeight } = resources;
  const weight = planV2Weight(relative, cpuRequestMillis, layout);
  const io = { file: join(v2Root(layout), relative, 'io.weight'), value: `default ${ioWeight}`, wish: true };
  return [
    cpuRequestMillis === undefined ? { ...weight, value: freshWeight.v2 } : weight,
    ...planV2Limits(relative, resources, layout),
    ...(ioWeight === undefined ? [] : [io]),
  ];
}

function planAllV1(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const { cpuRequestMillis, ioWeight } = resources;
  const shares = planV1Shares(relative, cpuRequestMillis, layout);
  const hasIo = ioWeight !== undefined && layout.v1.blkio !== undefined;
  return [
    cpuRequestMillis === undefined ? { ...shares, value: freshWeight.v1 } : shares,
    ...planV1Limits(relative, resources, layout),
    ...(hasIo ? [planBfq(relative, ioWeight, layout)] : []),
  ];
}

function planBfq(relative: string, ioWeight: number, layout: CgroupLayout): CgroupWrite {
  const value = String(Math.min(ioWeight, maxBfqWeight));
  return { file: v1File(layout, 'blkio', relative, 'blkio.bfq.weight'), value, wish: true };
}
