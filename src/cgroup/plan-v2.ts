/** Limits as cgroup v2 files (kernel: admin-guide/cgroup-v2.rst). Pure. */
import { join } from 'node:path';
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/pod-spec.ts';
import { cpuPeriodUs, cpuQuotaUs, cpuShares, cpuWeight, wholePages } from './plan-weights.ts';

/** Every limit of a container; what is absent is written as the kernel's default, so that a removed limit goes away. */
export function planV2(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  return [
    planV2Weight(relative, resources.cpuRequestMillis, layout),
    planV2Weight(`${relative}/app`, resources.cpuRequestMillis, layout),
    ...planV2Limits(`${relative}/app`, resources, layout),
  ];
}

/** What one directory is limited to, weights apart. */
export function planV2Limits(directory: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const { cpuLimitMillis, memoryLimitBytes, memoryRequestBytes, pidsLimit } = resources;
  const file = (name: string) => join(v2Root(layout), directory, name);
  return [
    { file: file('cpu.max'), value: `${cpuLimitMillis ? cpuQuotaUs(cpuLimitMillis) : 'max'} ${cpuPeriodUs}` },
    { file: file('memory.max'), value: memoryLimitBytes ? String(wholePages(memoryLimitBytes)) : 'max' },
    // As under the kubelet a limited container does not swap; kernels without swap lack the file.
    { file: file('memory.swap.max'), value: memoryLimitBytes ? '0' : 'max', wish: true },
    {
      file: file('memory.low'),
      value: memoryRequestBytes ? String(wholePages(memoryRequestBytes)) : '0',
      wish: true,
    },
    { file: file('pids.max'), value: pidsLimit ? String(pidsLimit) : 'max' },
  ];
}

/** Weight of a pod's or container's directory against its siblings. */
export function planV2Weight(relative: string, requestMillis: number | undefined, layout: CgroupLayout): CgroupWrite {
  const file = join(v2Root(layout), relative, 'cpu.weight');
  return { file, value: String(cpuWeight(cpuShares(requestMillis))), wish: true };
}

/** Mount point of cgroup2 in a v2 layout. */
export function v2Root(layout: CgroupLayout): string {
  if (layout.v2Root === undefined) throw new Error('bug: a v2 layout without its root');
  return layout.v2Root;
}
