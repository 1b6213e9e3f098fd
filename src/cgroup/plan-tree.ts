/** Changes of several directories of one pod at once, in an order that the kernel accepts. Pure. */
import { join } from 'node:path';
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import { formatCpuList, parseCpuList } from '../util/cpu-list.ts';
import { planChange, type Settings } from './plan-change.ts';
import type { Bound, Nested } from './plan-nesting.ts';

/** One directory and what is asked of it. */
export interface Directory {
  /** relative to every hierarchy */
  readonly path: string;
  readonly settings: Settings;
  /** the cpuset it holds on v1, and the one it was made with: a copy of its parent's. `unknown`: it may hold any. */
  readonly cpuset?: Bound['cpuset'];
  readonly madeWith?: Bound['cpuset'] | 'unknown';
}

/** A directory of these settings; v1's cpuset is not among them, because every directory has one, asked for or not. */
export function directoryOf(path: string, settings: Settings, { bound }: Nested, parent: Bound): Directory {
  if (bound.cpuset === undefined) return { path, settings };
  const rest = new Map(settings);
  rest.delete('cpuset cpuset.cpus');
  rest.delete('cpuset cpuset.mems');
  return { path, settings: rest, cpuset: bound.cpuset, madeWith: parent.cpuset };
}

/** Both lists with parents before their children. What is missing from `from` is fresh; what is missing from `to` is left alone. */
export function planTree(from: readonly Directory[], to: readonly Directory[], layout: CgroupLayout): CgroupWrite[] {
  const known = new Map(from.map((directory) => [directory.path, directory]));
  const changes = to.map(({ path, settings }) =>
    planChange(path, known.get(path)?.settings ?? nothingSet, settings, layout),
  );
  const cpusets = to.map((directory) => planCpuset(known.get(directory.path), directory, layout));
  return [
    ...cpusets.flatMap(({ grow }) => grow),
    ...changes.flatMap(({ first }) => first),
    ...changes.toReversed().flatMap(({ last }) => last),
    ...cpusets.toReversed().flatMap(({ shrink }) => shrink),
  ];
}

const nothingSet: Settings = new Map();

/**
 * v1 keeps every cpuset within its parent's: all first take on what they are to have beside what they have, from the top down, and
 * then let go of the rest, from the bottom up.
 */
function planCpuset(
  before: Directory | undefined,
  { path, cpuset, madeWith }: Directory,
  layout: CgroupLayout,
): Cpusets {
  const root = layout.v1.cpuset;
  if (cpuset === undefined || root === undefined) return { grow: [], shrink: [] };
  if (before === undefined && madeWith === cpuset) return { grow: [], shrink: [] };
  const had = before?.cpuset ?? (madeWith === 'unknown' ? undefined : madeWith);
  const files = (['cpus', 'mems'] as const).map((name) => ({
    file: join(root, path, `cpuset.${name}`),
    old: had?.[name],
    wanted: cpuset[name],
    both: had === undefined ? undefined : unionOf(had[name], cpuset[name]),
  }));
  return {
    grow: files.flatMap(({ file, old, both }) => (both === undefined || both === old ? [] : [{ file, value: both }])),
    shrink: files.flatMap(({ file, both, wanted }) => (both === wanted ? [] : [{ file, value: wanted }])),
  };
}

interface Cpusets {
  readonly grow: readonly CgroupWrite[];
  readonly shrink: readonly CgroupWrite[];
}

const unionOf = (a: string, b: string): string => formatCpuList(parseCpuList(`${a},${b}`) ?? []);
