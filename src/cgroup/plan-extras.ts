/** Which controllers a container needs beside those that every container gets. Pure. */
import { type ExtraController, type Extras, extraControllers } from '../model/cgroup.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';

/** What every container gets is enough. */
export const noExtras: Extras = new Set();

/** Every extra that there is: for what has to be found wherever it may be. */
export const allExtras: Extras = new Set(extraControllers);

/** Those that something of a container, or its pod for all of them, asks for. */
export function extrasOf(
  container: Pick<ContainerSpec, 'resources' | 'programs'>,
  pod: ResourceSpec | undefined,
): Extras {
  const asked = [container.resources, ...container.programs.map(({ resources }) => resources), pod ?? {}];
  return new Set(asked.flatMap(asks));
}

function asks({ ioWeight, ioDevices, hugepages, networkPriority, unified = {} }: ResourceSpec): ExtraController[] {
  const raw = Object.keys(unified).map((name) => name.split('.', 1)[0]);
  const asked: Readonly<Record<ExtraController, boolean>> = {
    blkio: ioWeight !== undefined || ioDevices !== undefined,
    hugetlb: hugepages !== undefined,
    net_prio: networkPriority !== undefined,
  };
  return extraControllers.filter((controller) => asked[controller] || raw.includes(controller));
}
