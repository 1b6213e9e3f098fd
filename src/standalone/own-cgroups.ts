/** A cgroup per program below podinit's own, where whoever started podinit left that writable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesOfTree, removeTrees, writeExisting } from '../cgroup/cgroup-tree.ts';
import { applyCgroupWrites } from '../cgroup/driver.ts';
import { makeAll } from '../cgroup/make-dirs.ts';
import { cgroupDirs, hierarchies, leafCgroup, planPlacement } from '../cgroup/paths.ts';
import { leafResources, planLeaf } from '../cgroup/plan-leaf.ts';
import { readCgroupLayout } from '../cgroup/read-layout.ts';
import { execLeaf } from '../init/process-tree.ts';
import { currentPid } from '../linux/process.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { CgroupPlacement, ProgramPlan } from '../model/launch-plan.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { ownCgroupPath } from './own-cgroup-path.ts';
import type { ReadProcesses } from './read-processes.ts';

export interface OwnCgroups {
  readonly placement: CgroupPlacement;
  /** limits that could not be set */
  readonly warnings: readonly string[];
  readonly addLeaves: (read: ReadProcesses) => CgroupPlacement['leaves'];
  readonly release: () => void;
}

/** Nothing is left behind when it cannot be done. */
export function makeOwnCgroups(
  plans: readonly ProgramPlan[],
  pod: PodSpec | undefined,
): OwnCgroups | { readonly error: string } {
  let relative: string | undefined;
  let layout: CgroupLayout | undefined;
  try {
    layout = usableLayout(readCgroupLayout());
    const own = ownCgroupPath(readText('/proc/self/cgroup'), readText('/proc/self/mountinfo'), hierarchies(layout));
    if (!own.ok) return own;
    relative = `${own.value}/podinit-${currentPid()}`;
    return build(layout, own.value, relative, plans, pod);
  } catch (error) {
    if (layout !== undefined && relative !== undefined) release(layout, relative, undefined);
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Devices are the business of whoever made the container, and a new cpuset would have no CPUs. */
function usableLayout(layout: CgroupLayout): CgroupLayout {
  const { devices: _devices, cpuset: _cpuset, ...v1 } = layout.v1;
  return { ...layout, v1 };
}

const keysOf = (plans: readonly ProgramPlan[]): string[] => [...plans.map(({ name }) => name), execLeaf];

function build(
  layout: CgroupLayout,
  own: string,
  relative: string,
  plans: readonly ProgramPlan[],
  pod: PodSpec | undefined,
): OwnCgroups {
  const placement = planPlacement(layout, relative, keysOf(plans));
  makeAll([...cgroupDirs(layout, relative), ...placement.app, ...placement.init]);
  const delegated = layout.kind === 'v2' ? handDown(layout, own, relative, placement) : undefined;
  makeAll(Object.values(placement.leaves).flat());
  return {
    placement,
    warnings: limit(layout, relative, pod),
    addLeaves: ({ plans: wanted = [], pod: changed }) => {
      const { leaves } = planPlacement(layout, relative, keysOf(wanted));
      makeAll(Object.values(leaves).flat());
      for (const warning of limit(layout, relative, changed)) process.stderr.write(`podinit: ${warning}\n`);
      return leaves;
    },
    release: () => release(layout, relative, delegated),
  };
}

/** Limits that the kernel refuses cost the limit, not the programs: nobody promised podinit any controllers. */
function limit(layout: CgroupLayout, relative: string, pod: PodSpec | undefined): string[] {
  const [container] = pod?.containers ?? [];
  if (container === undefined) return [];
  return [...leafResources(container)].flatMap(([leaf, resources]) => {
    try {
      return applyCgroupWrites(planLeaf(leafCgroup(relative, leaf), resources, layout));
    } catch (error) {
      return [`program ${leaf}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

interface Delegated {
  readonly dir: string;
  readonly controllers: readonly string[];
}

/** On v2 a group with processes of its own hands nothing down: podinit leaves it for `init` first (cgroup-v2.rst). */
function handDown(layout: CgroupLayout, own: string, relative: string, { init, app }: CgroupPlacement): Delegated {
  const dir = join(layout.v2Root ?? '', own);
  writeExisting(join(init[0] ?? '', 'cgroup.procs'), '0');
  const wanted = ['cpu', 'memory', 'pids', 'io'].filter((name) => layout.v2Controllers.includes(name));
  const controllers = wanted.filter((name) =>
    [dir, join(layout.v2Root ?? '', relative), ...app].every((below) => enable(below, `+${name}`)),
  );
  return { dir, controllers };
}

function enable(dir: string, change: string): boolean {
  try {
    writeExisting(join(dir, 'cgroup.subtree_control'), change);
    return true;
  } catch {
    return false;
  }
}

/** As far as they are empty; what the kernel refuses goes with the container. */
function release(layout: CgroupLayout, relative: string, delegated: Delegated | undefined): void {
  try {
    const dirs = cgroupDirs(layout, relative);
    if (delegated !== undefined) {
      removeTrees(dirs);
      for (const name of delegated.controllers) enable(delegated.dir, `-${name}`);
      writeExisting(join(delegated.dir, 'cgroup.procs'), '0');
    }
    if (processesOfTree(dirs[0] ?? '').length === 0) removeTrees(dirs);
  } catch {
    // a read-only or vanished hierarchy
  }
}

const readText = (file: string): string => readFileSync(file, 'utf8');
