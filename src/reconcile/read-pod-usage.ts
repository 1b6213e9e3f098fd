/** What the kernel counts of a pod, its containers and programs now. Read only when somebody asks. */
import { cgroupName, containerCgroup, leafCgroup, podCgroup } from '../cgroup/paths.ts';
import { readKills } from '../cgroup/read-memory-counts.ts';
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
  const question = { throttling: hasCpuLimit(resources), detail: true, cache: false };
  const own = readUsage(kernel.layout, podCgroup(kernel.cgroupParent, pod.uid), question);
  const containers = statuses.map((status) => readContainer(pod, status, kernel, limits));
  const usage = { ...own, ...cacheOf(own, containers), ...oomKillsOf(own, containers, kernel), ...limits };
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
  const own = readUsage(kernel.layout, `${relative}/app`, {
    ...{ throttling: hasCpuLimit(spec.resources), detail: true, cache: true },
  });
  const place = { layout: kernel.layout, relative, limits };
  const sessions = readSessions(place);
  const [main] = view.programs ?? [];
  if (spec.isPlain && main !== undefined && sessions.length === 0) return { ...about, ...plainUsage(own, main, place) };
  const programs = [...(view.programs ?? []).map((state) => readProgram(state, spec, place)), ...sessions];
  const usage = { ...own, ...oomKillsOf(own, programs, kernel), ...limits };
  return { ...about, running: true, usage, programs };
}

/** A plain command without exec sessions is all there is in its container: a second look would cost a third of the whole and say the same. */
function plainUsage(own: Usage, main: ProgramState, { layout, relative, limits }: Place) {
  const { label: program, name, paused } = main;
  const isLocal = layout.kind !== 'v2' && own.oomKills !== undefined;
  const kills = isLocal ? { oomKills: readKills(layout, `${relative}/app`, [cgroupName(name), execLeaf]).total } : {};
  const usage = { ...own, ...kills, ...limits };
  const programs = [{ program, ...(paused === undefined ? {} : { paused }), usage }];
  return { running: true, usage, programs };
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
  const question = { throttling: hasCpuLimit(resources), detail: false, cache: true };
  const usage = { ...readUsage(layout, leafCgroup(relative, name), question), ...usageLimits(resources, limits) };
  return { program, ...(paused === undefined ? {} : { paused }), usage };
}

/** Exec sessions together; none where nobody has exec'd yet. */
function readSessions({ layout, relative, limits }: Place): readonly ProgramUsage[] {
  const leaf = leafCgroup(relative, execLeaf);
  if ((readCpuMs(layout, leaf) ?? 0) === 0) return [];
  const usage = readUsage(layout, leaf, { throttling: false, detail: false, cache: true });
  return [{ program: '(exec)', usage: { ...usage, ...limits } }];
}

/** Of a pod it is what its containers have: beside them there are only PID 1s, whose files are in memory anyway. */
function cacheOf(own: Usage, containers: readonly ContainerUsage[]): Usage {
  const sum = (bytesOf: (usage: Usage) => number | undefined): number | undefined =>
    containers.reduce<number | undefined>((total, { usage }) => {
      const bytes = bytesOf(usage);
      return bytes === undefined ? total : (total ?? 0) + bytes;
    }, undefined);
  const inactiveBytes = sum(
    ({ memoryBytes, workingSetBytes }) => memoryBytes && memoryBytes - (workingSetBytes ?? memoryBytes),
  );
  const [cacheBytes, swapBytes = own.swapBytes] = [sum((usage) => usage.cacheBytes), sum((usage) => usage.swapBytes)];
  const { memoryBytes } = own;
  return {
    ...(memoryBytes === undefined ? {} : { workingSetBytes: Math.max(0, memoryBytes - (inactiveBytes ?? 0)) }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(swapBytes === undefined ? {} : { swapBytes }),
  };
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
