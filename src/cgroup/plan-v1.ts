/** Limits as cgroup v1 files (kernel: admin-guide/cgroup-v1/{memory,pids}, scheduler/sched-bwc). Pure. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/pod-spec.ts';
import { v1File } from './paths.ts';
import { cpuQuotaUs, cpuShares, v1Unlimited, wholePages } from './plan-weights.ts';

/** Every limit of a container; what is absent is written as the kernel's default, so that a removed limit goes away. */
export function planV1(relative: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const app = `${relative}/app`;
  return [
    planV1Shares(relative, resources.cpuRequestMillis, layout),
    planV1Shares(app, resources.cpuRequestMillis, layout),
    ...planV1Limits(app, resources, layout),
  ];
}

/** What one directory is limited to, weights apart. */
export function planV1Limits(directory: string, resources: ResourceSpec, layout: CgroupLayout): CgroupWrite[] {
  const { cpuLimitMillis, memoryLimitBytes, pidsLimit } = resources;
  return [
    {
      file: v1File(layout, 'cpu', directory, 'cpu.cfs_quota_us'),
      value: cpuLimitMillis ? String(cpuQuotaUs(cpuLimitMillis)) : '-1',
    },
    ...planMemory(directory, memoryLimitBytes, layout),
    {
      file: v1File(layout, 'memory', directory, 'memory.soft_limit_in_bytes'),
      value: bytesOrUnlimited(resources.memoryRequestBytes),
      wish: true,
    },
    { file: v1File(layout, 'pids', directory, 'pids.max'), value: pidsLimit ? String(pidsLimit) : 'max' },
  ];
}

/** Weight of a pod's or container's directory against its siblings. */
export function planV1Shares(relative: string, requestMillis: number | undefined, layout: CgroupLayout): CgroupWrite {
  return { file: v1File(layout, 'cpu', relative, 'cpu.shares'), value: String(cpuShares(requestMillis)), wish: true };
}

/**
 * memsw (memory + swap) equals the limit: as under the kubelet, a container does not swap; a wish, because kernels
 * without swap accounting lack the file. The kernel keeps limit ≤ memsw at every moment, so a limit that is taken
 * away or grows needs memsw first; `orderMemory` in plan.ts turns the pair round for those.
 */
function planMemory(directory: string, limitBytes: number | undefined, layout: CgroupLayout): CgroupWrite[] {
  const value = bytesOrUnlimited(limitBytes);
  return [
    { file: v1File(layout, 'memory', directory, 'memory.limit_in_bytes'), value },
    { file: v1File(layout, 'memory', directory, 'memory.memsw.limit_in_bytes'), value, wish: true },
  ];
}

const bytesOrUnlimited = (bytes: number | undefined): string => (bytes ? String(wholePages(bytes)) : v1Unlimited);
