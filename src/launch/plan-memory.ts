/** emptyDirs in memory that a container sees. Pure. */
import type { MemoryPlan, MemoryVolumePlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { isInMemory } from '../model/volume-spec.ts';
import { emptyDirMode } from '../volume/plan-volumes.ts';
import type { LaunchContext } from './launch-context.ts';

/** What the machine and the pod's other containers add to it. */
export interface MemoryContext {
  readonly podUid: string;
  readonly memoryBytes: number;
  /** a living init of the pod that shows some already */
  readonly holder?: number;
}

export const memoryContext = ({ podUid, host, memoryHolder }: LaunchContext): MemoryContext => ({
  podUid,
  memoryBytes: host.memoryBytes,
  ...(memoryHolder === undefined ? {} : { holder: memoryHolder }),
});

/** Absent for a container that sees none. */
export function planMemory(
  pod: PodSpec,
  container: ContainerSpec,
  { podUid, memoryBytes, holder }: MemoryContext,
): { readonly memory?: MemoryPlan } {
  const volumes = memoryVolumes(pod, container, memoryBytes);
  if (volumes.length === 0) return {};
  return { memory: { key: podUid, volumes, ...(holder === undefined ? {} : { adoptFromPid: holder }) } };
}

/** Whether the container's init holds the pod's volumes in memory. */
export const showsMemory = ({ mounts }: ContainerSpec): boolean => mounts.some(({ source }) => isInMemory(source));

function memoryVolumes(pod: PodSpec, { mounts }: ContainerSpec, memoryBytes: number): readonly MemoryVolumePlan[] {
  const { fsGroup } = pod;
  const volumes = mounts.flatMap(({ volume, source }) => {
    if (source.kind !== 'emptyDir' || !isInMemory(source)) return [];
    const sizeBytes = Math.min(
      ...[memoryBytes, podLimit(pod), source.sizeLimit].filter((bytes) => bytes !== undefined),
    );
    const group = fsGroup === undefined ? {} : { gid: fsGroup };
    return [[volume, { name: volume, sizeBytes, mode: emptyDirMode(source, fsGroup), ...group }] as const];
  });
  return [...new Map(volumes).values()];
}

/** As the kubelet counts it: the pod's own limit, else those of its containers together, whichever of them have one. */
function podLimit({ resources, containers }: PodSpec): number | undefined {
  if (resources?.memoryLimitBytes !== undefined) return resources.memoryLimitBytes;
  const limits = (isInit: boolean): readonly number[] =>
    containers.flatMap(({ role, resources: { memoryLimitBytes = 0 } }) =>
      (role === 'init') === isInit && memoryLimitBytes > 0 ? [memoryLimitBytes] : [],
    );
  const together = limits(false).reduce((sum, bytes) => sum + bytes, 0);
  const most = Math.max(together, ...limits(true));
  return most === 0 ? undefined : most;
}
