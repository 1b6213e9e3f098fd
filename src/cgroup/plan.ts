/** Resources → cgroup writes, whatever the layout. Pure; what is planned is exactly what the files read afterwards. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { AppliedResources } from '../model/pod-record.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { leafCgroup } from './paths.ts';
import { type DeviceAccess, planV1Devices } from './plan-devices.ts';
import { directorySettings, weightSettings } from './plan-directory.ts';
import { type LeafResources, leafResources } from './plan-leaf.ts';
import { leafDirectory } from './plan-leaf-directory.ts';
import { type Bound, nest, outermost } from './plan-nesting.ts';
import { type Kept, keptOf } from './plan-protection.ts';
import { mostAtOnce, requestedAtOnce } from './plan-requests.ts';
import type { DirectoryResources } from './plan-setting.ts';
import { type Directory, directoryOf, planTree } from './plan-tree.ts';

/** What the cgroups of one pod have, or are to have. */
export interface PodCgroups {
  /** of the pod's own directory: podResources */
  readonly resources: AppliedResources;
  /** by containerCgroup; those whose directories are there */
  readonly containers: ReadonlyMap<string, ContainerCgroups>;
}

export interface ContainerCgroups {
  readonly resources: ResourceSpec;
  /** all leaves whose directories are there, those of programs without limits and of exec sessions too */
  readonly leaves: LeafResources;
}

/** The pod's own limits; its weight against other pods is what its containers request together, as the kubelet sets it, and it protects what they do. */
export function podResources({ resources, containers }: Pick<PodSpec, 'resources' | 'containers'>): AppliedResources {
  const cpuRequestMillis = requestedAtOnce(containers, 'cpuRequestMillis');
  return { cpuRequestMillis, ...protectedAtOnce(containers), ...resources };
}

function protectedAtOnce(containers: readonly ContainerSpec[]): Kept {
  const most = (name: keyof Kept): number =>
    mostAtOnce(containers, (there) => {
      const kept = keptOf(there.map((container) => protectedBy(container.resources, leafResources(container))));
      return kept[name] ?? 0;
    });
  const keptLowBytes = most('keptLowBytes');
  const keptMinBytes = most('keptMinBytes');
  return { ...(keptLowBytes === 0 ? {} : { keptLowBytes }), ...(keptMinBytes === 0 ? {} : { keptMinBytes }) };
}

/** Writes for a pod's fresh directory (`podCgroup`); `resources`: podResources. */
export function planPodCgroup(relative: string, resources: AppliedResources, layout: CgroupLayout): CgroupWrite[] {
  return planTree([], [podDirectory(relative, resources, layout)], layout);
}

/**
 * Writes for a container's fresh cgroup `relative` (`containerCgroup`): limits on its `app`, the weights also on the directory
 * itself, where it competes with other containers; on `app` they are what programs read. `pod`: podResources as they are applied. `leaves`: what they protect, their own
 * directories come later.
 * Device access is among them on v1 alone: on v2 it is no file (limit-devices.ts).
 */
export function planCgroup(
  relative: string,
  resources: ResourceSpec,
  layout: CgroupLayout,
  options: DeviceAccess & { readonly pod?: ResourceSpec; readonly leaves?: LeafResources } = {},
): CgroupWrite[] {
  const { bound } = nest(outermost(layout), options.pod ?? {}, layout);
  const container = { resources, leaves: options.leaves ?? new Map() };
  const directories = directoriesAround(relative, container, bound, layout);
  return [
    ...planTree([], directories, layout),
    ...(layout.kind === 'v2' ? [] : planV1Devices(relative, options, layout)),
  ];
}

/**
 * In-place change of all that is there: only what differs, resets included, in an order that the kernel accepts. Equal ones give
 * `[]`; what is only in `to` is taken as fresh. `relative`: podCgroup.
 */
export function planPodChange(relative: string, from: PodCgroups, to: PodCgroups, layout: CgroupLayout): CgroupWrite[] {
  return planTree(podDirectories(relative, from, layout), podDirectories(relative, to, layout), layout);
}

/** What a change of a container's programs changes around them: the protection that they need; `relative`: containerCgroup. */
export function planAround(
  relative: string,
  resources: ResourceSpec,
  from: LeafResources,
  to: LeafResources,
  layout: CgroupLayout,
): CgroupWrite[] {
  const around = (leaves: LeafResources) =>
    directoriesAround(relative, { resources, leaves }, outermost(layout), layout);
  return planTree(around(from), around(to), layout);
}

/** What the children of a container's `app` can have at most. */
export function boundOfApp(pod: ResourceSpec, container: ResourceSpec, layout: CgroupLayout): Bound {
  return nest(nest(outermost(layout), pod, layout).bound, container, layout).bound;
}

function podDirectories(relative: string, pod: PodCgroups, layout: CgroupLayout): Directory[] {
  const { bound } = nest(outermost(layout), pod.resources, layout);
  return [
    podDirectory(relative, pod.resources, layout),
    ...[...pod.containers].flatMap(([path, container]) => containerDirectories(path, container, bound, layout)),
  ];
}

function podDirectory(relative: string, resources: AppliedResources, layout: CgroupLayout): Directory {
  const parent = outermost(layout);
  const nested = nest(parent, { cpuRequestMillis: 0, ...resources }, layout);
  return directoryOf(relative, directorySettings(nested.resources, layout), nested, parent);
}

function containerDirectories(
  relative: string,
  container: ContainerCgroups,
  pod: Bound,
  layout: CgroupLayout,
): Directory[] {
  const { bound } = nest(pod, container.resources, layout);
  return [
    ...directoriesAround(relative, container, pod, layout),
    ...[...container.leaves].map(([leaf, own]) => leafDirectory(leafCgroup(relative, leaf), own, bound, layout)),
  ];
}

/** All of a container but its leaves. */
function directoriesAround(
  relative: string,
  { resources, leaves }: ContainerCgroups,
  pod: Bound,
  layout: CgroupLayout,
): Directory[] {
  const all = { cpuRequestMillis: 0, ...protectedBy(resources, leaves) };
  const around = nest(pod, {}, layout);
  const app = nest(pod, all, layout);
  return [
    directoryOf(relative, weightSettings(all, layout), around, pod),
    directoryOf(`${relative}/init`, new Map(), around, pod),
    directoryOf(`${relative}/app`, directorySettings(app.resources, layout), app, pod),
  ];
}

/** A container protects what its programs do, unless it says so itself. */
const protectedBy = (resources: ResourceSpec, leaves: LeafResources): DirectoryResources => ({
  ...resources,
  ...keptOf(leaves.values()),
});
