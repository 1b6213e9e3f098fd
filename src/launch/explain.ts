/** What `podctl explain --stage plan|cgroup` prints: the real planners, with what is only known at a start filled in. Pure. */
import { containerCgroup, leafCgroup, planPlacement, podCgroup } from '../cgroup/paths.ts';
import { boundOfApp, planCgroup, planPodCgroup, podResources } from '../cgroup/plan.ts';
import { type DeviceRule, defaultDeviceRules, formatDeviceRule } from '../cgroup/plan-devices.ts';
import { extrasOf, noExtras } from '../cgroup/plan-extras.ts';
import { leafResources, planLeaf } from '../cgroup/plan-leaf.ts';
import type { Bound } from '../cgroup/plan-nesting.ts';
import { podInitName } from '../model/action.ts';
import type { CgroupLayout, CgroupWrite, Extras } from '../model/cgroup.ts';
import { podIdCount } from '../model/id-range.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { parseUsersRange } from '../users/plan-range.ts';
import { explainLateValues } from './fill-late.ts';
import type { HostFacts, LaunchContext } from './launch-context.ts';
import { planLaunch } from './plan-launch.ts';
import { planNamespaces, planPodInitNamespaces, withUsers } from './plan-namespaces.ts';
import { planPodInit } from './plan-pod-init.ts';
import { programLeaves } from './plan-programs.ts';
import { startOrder } from './start-order.ts';

/** Cgroup leaf of exec sessions, beside those of the programs. */
export const execLeaf = '_exec';

export interface ExplainContext {
  readonly podUid: string;
  readonly paths: InstancePaths;
  /** from cgroupParent */
  readonly parent: string;
  readonly host: HostFacts;
}

/** A pod's cgroup writes, by directory relative to each hierarchy; the files hold exactly these values afterwards. */
export interface ExplainedCgroups {
  readonly layout: CgroupLayout['kind'];
  readonly pod: { readonly path: string; readonly writes: readonly CgroupWrite[] };
  readonly containers: readonly {
    readonly name: string;
    readonly path: string;
    readonly writes: readonly CgroupWrite[];
    /** what its BPF program for devices allows, on v2; absent: everything, or among the writes */
    readonly devices?: readonly string[];
    /** of the programs that have limits of their own, by key */
    readonly leaves: readonly {
      readonly name: string;
      readonly path: string;
      readonly writes: readonly CgroupWrite[];
    }[];
  }[];
}

/** The launch plans of a pod's inits in the order of their start. Ids are zero, and so are the pids of inits to be joined. */
export function explainPlan(pod: PodSpec, context: ExplainContext): LaunchPlan[] {
  const living: Record<string, number> = {};
  return startOrder(pod)
    .flat()
    .map((name) => {
      const plan =
        name === podInitName ? explainPodInit(pod, living, context) : explainContainer(pod, name, living, context);
      living[name] = 0;
      return plan;
    });
}

/** The limits of a pod and its containers as cgroup files; its io devices are numbers (lookUpDevices). `rulesOf`: readDeviceRules. */
export function explainCgroup(
  pod: PodSpec,
  layout: CgroupLayout,
  parent: string,
  podUid: string,
  rulesOf: (devices: ContainerSpec['devices']) => readonly DeviceRule[],
): ExplainedCgroups {
  const podPath = podCgroup(parent, podUid);
  const limits = podResources(pod);
  return {
    layout: layout.kind,
    pod: { path: podPath, writes: planPodCgroup(podPath, limits, layout) },
    containers: pod.containers.map((container) => {
      const { name, resources, security } = container;
      const path = containerCgroup(parent, podUid, name);
      const access = { privileged: security.privileged, deviceRules: rulesOf(container.devices) };
      const writes = planCgroup(path, resources, layout, { ...access, pod: limits, leaves: leafResources(container) });
      const devices = [...defaultDeviceRules, ...access.deviceRules].map(formatDeviceRule);
      const isProgram = layout.kind === 'v2' && !security.privileged;
      const leaves = explainLeaves(path, container, layout, boundOfApp(limits, resources, layout));
      return { name, path, writes, ...(isProgram ? { devices } : {}), leaves };
    }),
  };
}

function explainLeaves(
  relative: string,
  container: ContainerSpec,
  layout: CgroupLayout,
  app: Bound,
): ExplainedCgroups['containers'][number]['leaves'] {
  const leaves = [...leafResources(container)].map(([name, resources]) => {
    const path = leafCgroup(relative, name);
    return { name, path, writes: planLeaf(path, resources, layout, app) };
  });
  return leaves.filter(({ writes }) => writes.length > 0);
}

function explainPodInit(pod: PodSpec, living: Record<string, number>, context: ExplainContext): LaunchPlan {
  const planned = planPodInitNamespaces(pod, living, context.podUid);
  const users = usersOf(pod);
  return planPodInit(pod, {
    ...launchContext(podInitName, [], noExtras, context),
    ...withUsers(planned, users.users),
    ...users,
  });
}

function explainContainer(
  pod: PodSpec,
  name: string,
  living: Record<string, number>,
  context: ExplainContext,
): LaunchPlan {
  const container = pod.containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`bug: no container ${name}`);
  const planned = planNamespaces(pod, container, living, context.podUid);
  if (!planned.ok) throw new Error(`bug: ${name} waits for ${planned.error.waitingFor}`);
  const leaves = [...programLeaves(container), execLeaf];
  return planLaunch(pod, container, {
    ...launchContext(name, leaves, extrasOf(container, pod.resources), context),
    ...withUsers(planned.value, usersOf(pod).users),
    ...usersOf(pod),
    late: explainLateValues(container, { ...pod, uid: context.podUid, nodeName: context.host.hostname }),
  });
}

/** The first that there are. */
const usersOf = ({ hostUsers }: PodSpec): Pick<LaunchContext, 'users'> =>
  hostUsers === false ? { users: { base: parseUsersRange(undefined).base, size: podIdCount } } : {};

function launchContext(name: string, leaves: readonly string[], extras: Extras, context: ExplainContext) {
  const { podUid, paths, parent, host } = context;
  const relative = containerCgroup(parent, podUid, name);
  const cgroups = planPlacement(host.cgroupLayout, relative, leaves, extras);
  return { id: '0'.repeat(16), podUid, attempt: 0, paths, cgroups, host };
}
