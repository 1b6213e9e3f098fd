/** PodSpec → LaunchPlan: everything about one container start is decided here; the zygote and podinit only perform. Pure. */
import { join } from 'node:path';
import { containerLogDir } from '../model/instance-paths.ts';
import { noLateValues } from '../model/late-value.ts';
import type { CgroupPlacement, LaunchPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { planCapabilities } from './capabilities.ts';
import { fillContainer } from './fill-late.ts';
import type { LaunchContext } from './launch-context.ts';
import { initOomScore } from './oom-score.ts';
import { planHealth } from './plan-health.ts';
import { memoryContext, planMemory } from './plan-memory.ts';
import { planSysctls } from './plan-namespaces.ts';
import { planPrograms } from './plan-programs.ts';
import { planRoot } from './plan-root.ts';
import { planTerminationMessage } from './plan-termination.ts';

/** The plan of one container's start. */
export function planLaunch(pod: PodSpec, spec: ContainerSpec, context: LaunchContext): LaunchPlan {
  const container = fillContainer(spec, context.late ?? noLateValues);
  const { timeOffsets } = container;
  const programs = planPrograms(pod, container, context.host, context.attempt);
  const { from } = context.namespaces.time;
  const isTimeMade = from === 'new' || from === 'sandbox';
  return {
    ...planCommon(pod, container.name, context),
    role: 'container',
    logDir: containerLogDir(context.paths, { ...pod, uid: context.podUid }, container.name),
    ...(timeOffsets !== undefined && isTimeMade ? { timeOffsets } : {}),
    ...planMemory(pod, container, memoryContext(context)),
    ...planRoot(pod, container, context),
    ...planProcView(container, context.namespaces),
    ...planHealth(container),
    ...planTerminationMessage(container),
    ...(context.seccomp === undefined ? {} : { seccomp: context.seccomp }),
    capabilities: planCapabilities(
      container.security.capabilities,
      container.security.privileged,
      context.host.lastCapability,
    ),
    ...(context.users === undefined ? {} : { oomScoreAdj: lowestScore(programs) }),
    programs,
  };
}

/** Without rights on the machine programs can lower theirs to what their PID 1 had, and no further. */
const lowestScore = (programs: LaunchPlan['programs']): number =>
  Math.min(...programs.map(({ exec }) => exec.oomScoreAdj));

/** In a mount namespace that others made, what covers /proc is theirs to say. */
export function planProcView(
  { procView = 'full' }: ContainerSpec,
  { mnt }: LaunchPlan['namespaces'],
): Pick<LaunchPlan, 'procView'> {
  return procView === 'off' || mnt.from !== 'new' ? {} : { procView };
}

/** What every init's plan has, the pod's own included. */
export function planCommon(
  pod: PodSpec,
  name: string,
  context: LaunchContext,
): Omit<LaunchPlan, 'role' | 'root' | 'sources' | 'rootOps' | 'capabilities' | 'programs'> {
  return {
    id: context.id,
    podUid: context.podUid,
    podName: pod.name,
    podNamespace: pod.namespace,
    container: name,
    runDir: join(context.paths.instancesDir, context.id),
    attempt: context.attempt,
    namespaces: context.namespaces,
    ...(context.sandbox === undefined ? {} : { sandbox: context.sandbox }),
    ...(context.users === undefined ? {} : { users: context.users }),
    hostname: pod.hostname,
    ...planSysctls(pod, (kind) => context.namespaces[kind].from === 'new'),
    cgroups: onlyPlacement(context.cgroups),
    oomScoreAdj: initOomScore,
  };
}

/** The driver's answer carries warnings too; they are none of podinit's business. */
function onlyPlacement({ app, init, leaves, layout, unified, leafWrites }: CgroupPlacement): CgroupPlacement {
  return {
    ...{ app, init, leaves, layout },
    ...(unified === undefined ? {} : { unified }),
    ...(leafWrites === undefined ? {} : { leafWrites }),
  };
}
