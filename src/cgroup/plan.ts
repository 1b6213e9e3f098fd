/** Resources → cgroup writes, whatever the layout. Pure; what is planned is exactly what the files read afterwards. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { PodSpec, ResourceSpec } from '../model/pod-spec.ts';
import { leafCgroup } from './paths.ts';
import { type DeviceAccess, planV1Devices } from './plan-devices.ts';
import { directorySettings, weightSettings } from './plan-directory.ts';
import type { LeafResources } from './plan-leaf.ts';
import { type Bound, nest, outermost } from './plan-nesting.ts';
import { type Directory, directoryOf, planTree } from './plan-tree.ts';

/** What the cgroups of one pod have, or are to have. */
export interface PodCgroups {
  /** of the pod's own directory: podResources */
  readonly resources: ResourceSpec;
  /** by containerCgroup; those whose directories are there */
  readonly containers: ReadonlyMap<string, ContainerCgroups>;
}

export interface ContainerCgroups {
  readonly resources: ResourceSpec;
  /** all leaves whose directories are there, those of programs without limits and of exec sessions too */
  readonly leaves: LeafResources;
}

/** The pod's own limits; its weight against other pods is the sum of its containers' requests, as the kubelet sets it. */
export function podResources({ resources, containers }: Pick<PodSpec, 'resources' | 'containers'>): ResourceSpec {
  const sum = containers.reduce((total, container) => total + (container.resources.cpuRequestMillis ?? 0), 0);
  return { cpuRequestMillis: sum, ...resources };
}

/** Writes for a pod's fresh directory (`podCgroup`); `resources`: podResources. */
export function planPodCgroup(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  return planTree([], [podDirectory(relative, resources, layout)], layout);
}

/**
 * Writes for a container's fresh cgroup `relative` (`containerCgroup`): limits on its `app`, the weights also on the directory
 * itself, where it competes with other containers; on `app` they are what programs read. `pod`: podResources as they are applied.
 * Device access is among them on v1 alone: on v2 it is no file (limit-devices.ts).
 */
export function planCgroup(
  relative: string,
  resources: ResourceSpec,
  layout: CgroupLayout,
  options: DeviceAccess & { readonly pod?: ResourceSpec } = {},
): CgroupWrite[] {
  const { bound } = nest(outermost(layout), options.pod ?? {}, layout);
  const directories = containerDirectories(relative, { resources, leaves: new Map() }, bound, layout);
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

function podDirectory(relative: string, resources: ResourceSpec, layout: CgroupLayout): Directory {
  const parent = outermost(layout);
  const nested = nest(parent, { cpuRequestMillis: 0, ...resources }, layout);
  return directoryOf(relative, directorySettings(nested.resources, layout), nested, parent);
}

function containerDirectories(
  relative: string,
  { resources, leaves }: ContainerCgroups,
  pod: Bound,
  layout: CgroupLayout,
): Directory[] {
  const all = { cpuRequestMillis: 0, ...resources };
  const around = nest(pod, {}, layout);
  const app = nest(pod, all, layout);
  return [
    directoryOf(relative, weightSettings(all, layout), around, pod),
    directoryOf(`${relative}/init`, new Map(), around, pod),
    directoryOf(`${relative}/app`, directorySettings(app.resources, layout), app, pod),
    ...[...leaves].map(([leaf, own]) => leafDirectory(leafCgroup(relative, leaf), own, app.bound, layout)),
  ];
}

/** A program's leaf below an `app` of this bound. */
export function leafDirectory(path: string, own: ResourceSpec, app: Bound, layout: CgroupLayout): Directory {
  const nested = nest(app, own, layout);
  return directoryOf(path, directorySettings(nested.resources, layout), nested, app);
}
