/** Resources → cgroup writes, whatever the layout. Pure; what is planned is exactly what the files read afterwards. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/pod-spec.ts';
import { type DeviceAccess, planV1Devices } from './plan-devices.ts';
import { planV1, planV1Shares } from './plan-v1.ts';
import { planV2, planV2Weight } from './plan-v2.ts';

/**
 * Writes for a container's fresh cgroup `relative` (`containerCgroup`): limits on its `app`, the CPU weight also on the
 * directory itself, where it competes with other containers; on `app` it is what programs read. An absent resource needs no write.
 * Device access is among them on v1 alone: on v2 it is no file (limit-devices.ts).
 */
export function planCgroup(
  relative: string,
  resources: ResourceSpec,
  layout: CgroupLayout,
  access: DeviceAccess = {},
): CgroupWrite[] {
  const fresh = new Map(planAll(relative, {}, layout).map((write) => [write.file, write.value]));
  const isWeight = (write: CgroupWrite) => /cpu\.(shares|weight)$/.test(write.file);
  return [
    ...planAll(relative, resources, layout).filter((write) => isWeight(write) || fresh.get(write.file) !== write.value),
    ...(layout.kind === 'v2' ? [] : planV1Devices(relative, access, layout)),
  ];
}

/** In-place change: only what differs, resets included, in an order that the kernel accepts. Equal specs give `[]`. */
export function planCgroupUpdate(
  relative: string,
  from: ResourceSpec,
  to: ResourceSpec,
  layout: CgroupLayout,
): CgroupWrite[] {
  const before = new Map(planAll(relative, from, layout).map((write) => [write.file, write.value]));
  const changed = planAll(relative, to, layout).filter((write) => before.get(write.file) !== write.value);
  return orderMemory(changed, before);
}

/** CPU weight of the pod against other pods: the sum of its containers' requests, as the kubelet sets it. */
export function planPodCgroup(
  relative: string,
  containers: readonly ResourceSpec[],
  layout: CgroupLayout,
): CgroupWrite[] {
  const sum = containers.reduce((total, resources) => total + (resources.cpuRequestMillis ?? 0), 0);
  return [layout.kind === 'v2' ? planV2Weight(relative, sum, layout) : planV1Shares(relative, sum, layout)];
}

function planAll(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  return layout.kind === 'v2' ? planV2(relative, resources, layout) : planV1(relative, resources, layout);
}

/** v1 refuses a limit above memsw: a growing pair is written memsw first, a shrinking one limit first. */
export function orderMemory(writes: readonly CgroupWrite[], before: ReadonlyMap<string, string>): CgroupWrite[] {
  const isMemsw = (write: CgroupWrite) => write.file.endsWith('memory.memsw.limit_in_bytes');
  const memsw = writes.find(isMemsw);
  if (memsw === undefined || BigInt(memsw.value) < BigInt(before.get(memsw.file) ?? 0)) return [...writes];
  return [memsw, ...writes.filter((write) => !isMemsw(write))];
}
