/** The alarms of all running containers: listens from when one runs until it has ended, and makes events of what is heard. */
import { createMemoryAlarms } from '../cgroup/alarms.ts';
import { type OomVictim, parseOomVictim } from '../cgroup/oom-victims.ts';
import { cgroupName, containerCgroup, leafCgroup } from '../cgroup/paths.ts';
import { hasCpuLimit, usageLimits } from '../cgroup/usage-limits.ts';
import { type KernelLog, openKernelLog } from '../linux/kernel-log.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { programKey, programLabel } from '../model/program-name.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import type { Instance } from './instance.ts';
import { KillWatch, type WatchDeps } from './kill-watch.ts';
import type { Pod } from './pod.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import { spareProgram } from './spare-program.ts';
import { type LimitedCgroup, watchThrottling } from './throttle-watch.ts';

export interface UsageAlarms {
  /** Listens to a container that runs; again after its limits or programs changed. Costs nothing where nothing changed. */
  readonly watch: (pod: Pod, instance: Instance) => void;
  /** Tells what happened up to its end. */
  readonly end: (pod: Pod, instance: Instance) => void;
  /** Lets go of all. */
  readonly close: () => void;
}

type Tell = (pod: Pod, reason: string, message: string, container: string) => void;

interface Watched {
  readonly kills: KillWatch;
  readonly throttling: readonly (() => void)[];
  /** what it listens to */
  readonly key: string;
}

/** Opens nothing before the first container runs. */
export function createUsageAlarms(
  deps: Pick<ReconcilerDeps, 'layout' | 'cgroupParent' | 'clock'>,
  tell: Tell,
): UsageAlarms {
  const { layout, cgroupParent } = deps;
  const watched = new Map<string, Watched>();
  const memoryAlarms = createMemoryAlarms(layout);
  const victims = createVictims();
  let isClosed = false;
  const tellOf =
    (pod: Pod, { container }: Instance): WatchDeps['tell'] =>
    (reason, message) =>
      tell(pod, reason, message, container);
  const killWatch = (pod: Pod, instance: Instance): KillWatch => {
    const relative = containerCgroup(cgroupParent, pod.uid, instance.container);
    const onKilled = spareProgram(instance, layout, relative);
    const more = { memoryAlarms, takeVictims: victims.take, tell: tellOf(pod, instance), onKilled };
    return new KillWatch(instance, `${relative}/app`, { ...deps, ...more });
  };
  const watch = (pod: Pod, instance: Instance): void => {
    const spec = instance.spec();
    if (isClosed || spec === undefined || instance.view().state !== 'running') return;
    const plan = planAlarms(spec, containerCgroup(cgroupParent, pod.uid, instance.container));
    const key = JSON.stringify(plan);
    const before = watched.get(instance.id);
    if (before?.key === key) return;
    const kills = before?.kills ?? killWatch(pod, instance);
    for (const stop of before?.throttling ?? []) stop();
    const tellThis = tellOf(pod, instance);
    const throttling = plan.cpuLimited.flatMap((limited) => watchThrottling(layout, limited, tellThis) ?? []);
    watched.set(instance.id, { kills, throttling, key });
    victims.listen();
    kills.arm(plan.memoryLimited);
  };
  const release = (id: string): void => {
    const { kills, throttling = [] } = watched.get(id) ?? {};
    kills?.close();
    for (const stop of throttling) stop();
    watched.delete(id);
  };
  return {
    watch,
    end: (pod, instance) => {
      // One that ended as soon as it began has not been listened to.
      if (instance.spec() !== undefined) (watched.get(instance.id)?.kills ?? killWatch(pod, instance)).look();
      release(instance.id);
    },
    close: () => {
      isClosed = true;
      for (const id of watched.keys()) release(id);
      memoryAlarms.close();
      victims.close();
    },
  };
}

/** What there is to listen to. Pure. */
export function planAlarms(spec: ContainerSpec, relative: string) {
  const { name, resources, programs } = spec;
  const leaves = programs.flatMap((program) =>
    Array.from({ length: program.instances ?? 1 }, (_, n) => ({
      ...{ program, key: programKey(program.name, n) },
      label: programLabel(program.name, n, program.instances !== undefined),
    })),
  );
  const own: LimitedCgroup = { ...limitOf(resources), cgroup: `${relative}/app`, what: `container ${name}` };
  const cpuLimited = [
    ...(hasCpuLimit(resources) ? [own] : []),
    ...leaves
      .filter(({ program }) => hasCpuLimit(program.resources))
      .map(({ program, key, label }) => ({
        ...limitOf(program.resources),
        cgroup: leafCgroup(relative, key),
        what: `program ${label} of container ${name}`,
      })),
  ];
  const memoryLimited = leaves
    .filter(({ program }) => usageLimits(program.resources).memoryLimitBytes !== undefined)
    .map(({ key }) => cgroupName(key));
  return { cpuLimited, memoryLimited };
}

const limitOf = (resources: ResourceSpec) => ({ cpuLimitMillis: usageLimits(resources).cpuLimitMillis });

/** More than this are not kept for containers that have not looked yet. */
const maxVictims = 100;

/** The kernel's log is one for all containers: what one look reads is kept for the others. */
function createVictims() {
  let log: KernelLog | undefined;
  let isOpen = false;
  let kept: readonly OomVictim[] = [];
  return {
    listen: (): void => {
      if (!isOpen) log = openKernelLog();
      isOpen = true;
    },
    /** The log's paths begin at the machine's root, ours at podd's: the end is the same. */
    take: (cgroup: string): readonly OomVictim[] => {
      const found = (log?.readNew() ?? []).flatMap((line) => parseOomVictim(line) ?? []);
      const all = [...kept, ...found].slice(-maxVictims);
      const isMeant = (victim: OomVictim): boolean => victim.cgroup.endsWith(`/${cgroup}`);
      kept = all.filter((victim) => !isMeant(victim));
      return all.filter(isMeant);
    },
    close: (): void => {
      log?.close();
      log = undefined;
    },
  };
}
