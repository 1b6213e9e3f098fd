/** Where podctl's cgroups are: `<hierarchy>/<parent>/<pod uid>/<container>/{init, app/<program>}` (DESIGN §4). Pure. */
import { join } from 'node:path';
import { type CgroupLayout, type Extras, extraControllers, type V1Controller } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import { fnv1a32 } from '../util/fnv1a32.ts';
import { noExtras } from './plan-extras.ts';
import { isUnified } from './plan-setting.ts';

/** One mounted hierarchy that podctl makes directories in. */
export interface Hierarchy {
  readonly path: string;
  /** v1 controllers bound to it, in the order of `v1Order`; empty for cgroup2 */
  readonly controllers: readonly V1Controller[];
}

/**
 * v1 controllers in use. `freezer` is first, so that a process on its way through the hierarchies is already in the one
 * that the kill loop reads. A JVM believes no limits at all without cpuset.
 */
const v1Order: readonly V1Controller[] = ['freezer', 'cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'devices'];

/**
 * Every hierarchy in use, the one that names all processes first; on v2 just one. In a hybrid layout cgroup2 is the last, and there
 * only for an extra that no v1 hierarchy has: each move through it waits for an RCU grace period (5–16 ms measured), while a
 * single-threaded process enters a v1 cgroup through `tasks` without one.
 */
export function hierarchies(layout: CgroupLayout, extras: Extras = noExtras): readonly Hierarchy[] {
  if (layout.kind === 'v2') return [{ path: layout.v2Root ?? '/sys/fs/cgroup', controllers: [] }];
  const byPath = new Map<string, V1Controller[]>();
  for (const controller of [...v1Order, ...extraControllers.filter((extra) => extras.has(extra))]) {
    const path = layout.v1[controller];
    if (path !== undefined) byPath.set(path, [...(byPath.get(path) ?? []), controller]);
  }
  const v1 = [...byPath].map(([path, controllers]) => ({ path, controllers }));
  const unified = [...extras].some((extra) => isUnified(layout, extra)) ? layout.v2Root : undefined;
  return unified === undefined ? v1 : [...v1, { path: unified, controllers: [] }];
}

/** The instance's directory in every hierarchy: `podctl` for the default run directory, else `podctl-<8 hex digits>`. */
export function cgroupParent(run: string): string {
  return run === '/run/podctl' ? 'podctl' : `podctl-${fnv1a32(run).toString(16).padStart(8, '0')}`;
}

/** `<parent>/<pod uid>`, relative to a hierarchy. */
export const podCgroup = (parent: string, podUid: string): string => `${parent}/${podUid}`;

/** `<parent>/<pod uid>/<container>`, relative to a hierarchy. */
export const containerCgroup = (parent: string, podUid: string, container: string): string =>
  `${podCgroup(parent, podUid)}/${cgroupName(container)}`;

/**
 * Directory name of a container or program: names that are files of every cgroup directory, or have a dot as the
 * controllers' files have, get a trailing `_`, which no DNS label has.
 */
export function cgroupName(name: string): string {
  return /^(tasks|notify_on_release|release_agent)$|\./.test(name) ? `${name}_` : name;
}

/** The absolute directory in every hierarchy in use, whether it is used in those of the extras or not. */
export const cgroupDirs = (layout: CgroupLayout, relative: string, extras: Extras = noExtras): string[] =>
  hierarchies(layout, extras).map((hierarchy) => join(hierarchy.path, relative));

/** The leaf of one program (its key) or of exec sessions, below a container's cgroup; relative as that is. */
export const leafCgroup = (container: string, leaf: string): string => `${container}/app/${cgroupName(leaf)}`;

/** Absolute path of one controller's file below `relative`; the caller has checked that the controller exists. */
export function v1File(layout: CgroupLayout, controller: V1Controller, relative: string, file: string): string {
  const root = layout.v1[controller];
  if (root === undefined) throw new Error(`bug: no ${controller} hierarchy for ${file}`);
  return join(root, relative, file);
}

/** All directories of one container; `leaves` are program names and `_exec`. */
export function planPlacement(
  layout: CgroupLayout,
  relative: string,
  leaves: readonly string[],
  extras: Extras = noExtras,
): CgroupPlacement {
  const dirs = (below: string) => cgroupDirs(layout, below, extras);
  const isUnified = layout.kind === 'hybrid' && hierarchies(layout, extras).at(-1)?.controllers.length === 0;
  return {
    app: dirs(`${relative}/app`),
    init: dirs(`${relative}/init`),
    leaves: Object.fromEntries(leaves.map((leaf) => [leaf, dirs(leafCgroup(relative, leaf))])),
    layout: layout.kind,
    ...(isUnified && layout.v2Root !== undefined ? { unified: layout.v2Root } : {}),
  };
}
