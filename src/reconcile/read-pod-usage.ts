/** What the kernel counts of a pod, its containers and programs now. Read only when somebody asks. */
import { containerCgroup, leafCgroup, podCgroup } from '../cgroup/paths.ts';
import { readCpuMs, readUsage } from '../cgroup/read-usage.ts';
import { hasCpuLimit, type UsageLimits, usageLimits } from '../cgroup/usage-limits.ts';
import { execLeaf } from '../init/process-tree.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ContainerStatus } from '../model/pod-status.ts';
import type { ProgramState } from '../protocol/init.ts';
import type { ContainerUsage, PodUsage, ProgramUsage, Usage } from '../protocol/usage.ts';
import type { Pod } from './pod.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';

type Kernel = Pick<ReconcilerDeps, 'layout' | 'cgroupParent'>;

/** In the spec's order; a container that does not run has a usage of nothing. */
export function readPodUsage(pod: Pod, statuses: readonly ContainerStatus[], kernel: Kernel): PodUsage {
  const { name, namespace, resources = {} } = pod.spec;
  const limits = usageLimits(resources);
  const question = { throttling: hasCpuLimit(resources), detail: true };
  const own = readUsage(kernel.layout, podCgroup(kernel.cgroupParent, pod.uid), question);
  const containers = statuses.map((status) => readContainer(pod, status, kernel, limits));
  const usage = { ...own, ...oomKillsOf(own, containers, kernel), ...limits };
  return { namespace, pod: name, uid: pod.uid, usage, containers };
}

function readContainer(pod: Pod, status: ContainerStatus, kernel: Kernel, around: UsageLimits): ContainerUsage {
  const { name: container, paused } = status;
  const about = { container, ...(paused === undefined ? {} : { paused }) };
  const instance = pod.containers.get(container)?.instance;
  const spec = instance?.spec();
  const view = instance?.view();
  if (spec === undefined || view?.state !== 'running') return { ...about, running: false, usage: {}, programs: [] };
  const relative = containerCgroup(kernel.cgroupParent, pod.uid, container);
  const limits = usageLimits(spec.resources, around);
  const own = readUsage(kernel.layout, `${relative}/app`, { throttling: hasCpuLimit(spec.resources), detail: true });
  const place = { layout: kernel.layout, relative, limits };
  const programs = [...(view.programs ?? []).map((state) => readProgram(state, spec, place)), ...readSessions(place)];
  const usage = { ...own, ...oomKillsOf(own, programs, kernel), ...limits };
  return { ...about, running: true, usage, programs };
}

interface Place {
  readonly layout: Kernel['layout'];
  /** containerCgroup */
  readonly relative: string;
  readonly limits: UsageLimits;
}

function readProgram(state: ProgramState, spec: ContainerSpec, { layout, relative, limits }: Place): ProgramUsage {
  const { name, label: program, paused } = state;
  const resources = spec.programs.find((candidate) => candidate.name === state.program)?.resources ?? {};
  const question = { throttling: hasCpuLimit(resources), detail: false };
  const usage = { ...readUsage(layout, leafCgroup(relative, name), question), ...usageLimits(resources, limits) };
  return { program, ...(paused === undefined ? {} : { paused }), usage };
}

/** Exec sessions together; none where nobody has exec'd yet. */
function readSessions({ layout, relative, limits }: Place): readonly ProgramUsage[] {
  const leaf = leafCgroup(relative, execLeaf);
  if ((readCpuMs(layout, leaf) ?? 0) === 0) return [];
  const usage = readUsage(layout, leaf, { throttling: false, detail: false });
  return [{ program: '(exec)', usage: { ...usage, ...limits } }];
}

/** v1 counts a kill where the process was alone. */
function oomKillsOf(
  own: Usage,
  below: readonly { readonly usage: Usage }[],
  { layout }: Kernel,
): Pick<Usage, 'oomKills'> {
  if (layout.kind === 'v2' || own.oomKills === undefined) return {};
  return { oomKills: below.reduce((sum, { usage }) => sum + (usage.oomKills ?? 0), own.oomKills) };
}
