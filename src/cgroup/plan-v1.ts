/** Resources as cgroup v1 files (kernel: admin-guide/cgroup-v1/, scheduler/sched-bwc.rst, block/bfq-iosched.rst). Pure. */
import type { CgroupLayout } from '../model/cgroup.ts';
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';
import { type DirectoryResources, deviceNumber, isUnified, type Setting, settingsOf } from './plan-setting.ts';
import { hugepagesV2, priorityV2 } from './plan-v2.ts';
import {
  bfqWeight,
  cpuPeriodUs,
  cpuQuotaUs,
  cpuShares,
  hugepageSize,
  sharesOfWeight,
  v1Unlimited,
  wholePages,
} from './plan-weights.ts';

const cpu = settingsOf('cpu');
const cpuset = settingsOf('cpuset');
const memory = settingsOf('memory');
const blkio = settingsOf('blkio');

/** All that is asked for and v1 has a file for, raw files apart. */
export function settingsV1(resources: DirectoryResources, layout: CgroupLayout): readonly Setting[] {
  return [
    ...weightsV1(resources),
    ...bandwidth(resources),
    ...cpuset('cpuset.cpus', resources.cpus, ['cpus']),
    ...cpuset('cpuset.mems', resources.mems, ['mems']),
    ...memoryLimits(resources),
    ...settingsOf('pids')('pids.max', resources.pidsLimit, ['pidsLimit']),
    ...(resources.ioDevices ?? []).flatMap(throttles),
    ...hugepages(resources, layout),
    ...priorities(resources, layout),
  ];
}

/** What a directory weighs against its siblings. An idle one weighs nothing: the kernel takes no shares from it. */
export function weightsV1(resources: ResourceSpec): readonly Setting[] {
  const { cpuRequestMillis, cpuWeight, cpuIdle, ioWeight, ioDevices = [] } = resources;
  const requested = cpuRequestMillis === undefined ? undefined : cpuShares(cpuRequestMillis);
  const shares = cpuWeight === undefined ? requested : sharesOfWeight(cpuWeight);
  return [
    ...(cpuIdle === true
      ? cpu('cpu.idle', 1, ['cpuIdle'], true)
      : cpu('cpu.shares', shares, ['cpuWeight', 'cpuRequestMillis'], true)),
    ...blkio('blkio.bfq.weight', bfqWeight(ioWeight), ['ioWeight'], true),
    ...ioDevices.flatMap((device) =>
      blkio('blkio.bfq.weight_device', ofDevice(device, bfqWeight(device.weight)), ['ioDevices'], true),
    ),
  ];
}

function bandwidth({ cpuLimitMillis, cpuPeriodUs: periodUs, cpuBurstUs, quotaUs }: DirectoryResources): Setting[] {
  const limit = cpuLimitMillis === undefined ? undefined : (quotaUs ?? cpuQuotaUs(cpuLimitMillis, periodUs));
  return [
    ...cpu('cpu.cfs_period_us', periodUs === cpuPeriodUs ? undefined : periodUs, ['cpuPeriodUs']),
    ...cpu('cpu.cfs_quota_us', limit, ['cpuLimitMillis']),
    ...cpu('cpu.cfs_burst_us', cpuBurstUs, ['cpuBurstUs']),
  ];
}

function memoryLimits(resources: ResourceSpec): Setting[] {
  const { memoryLimitBytes, memoryRequestBytes, memoryLowBytes, memorySwappiness } = resources;
  const soft = memoryLowBytes ?? memoryRequestBytes;
  return [
    ...memory('memory.limit_in_bytes', pages(memoryLimitBytes), ['memoryLimitBytes']),
    ...swap(resources),
    ...memory('memory.soft_limit_in_bytes', pages(soft), ['memoryLowBytes', 'memoryRequestBytes'], true),
    ...memory('memory.swappiness', memorySwappiness, ['memorySwappiness'], true),
  ];
}

/**
 * memsw is memory and swap together, so that swap has a limit only where memory has one. As under the kubelet a limited
 * container does not swap; kernels without swap accounting lack the file, and nobody misses it who asked for none.
 */
function swap({ memoryLimitBytes, memorySwapBytes }: ResourceSpec): readonly Setting[] {
  const name = 'memory.memsw.limit_in_bytes';
  if (memoryLimitBytes === undefined) return [];
  if (memorySwapBytes === 'unlimited') return memory(name, v1Unlimited, ['memorySwapBytes'], true);
  const both = wholePages(memoryLimitBytes) + wholePages(memorySwapBytes ?? 0);
  return memory(name, both, ['memorySwapBytes'], !memorySwapBytes);
}

function throttles(device: IoDeviceSpec): Setting[] {
  const { readBytesPerSecond, writeBytesPerSecond, readOpsPerSecond, writeOpsPerSecond } = device;
  return [
    ...blkio('blkio.throttle.read_bps_device', ofDevice(device, readBytesPerSecond), ['ioDevices']),
    ...blkio('blkio.throttle.write_bps_device', ofDevice(device, writeBytesPerSecond), ['ioDevices']),
    ...blkio('blkio.throttle.read_iops_device', ofDevice(device, readOpsPerSecond), ['ioDevices']),
    ...blkio('blkio.throttle.write_iops_device', ofDevice(device, writeOpsPerSecond), ['ioDevices']),
  ];
}

function hugepages(resources: ResourceSpec, layout: CgroupLayout): readonly Setting[] {
  if (layout.v1.hugetlb === undefined) return isUnified(layout, 'hugetlb') ? hugepagesV2(resources) : [];
  return Object.entries(resources.hugepages ?? {}).flatMap(([size, bytes]) => {
    const page = hugepageSize(size);
    return settingsOf('hugetlb')(`hugetlb.${page.name}.limit_in_bytes`, bytes - (bytes % page.bytes), ['hugepages']);
  });
}

/** net_prio knows the machine's own interfaces, not those of a pod's network. */
function priorities(resources: ResourceSpec, layout: CgroupLayout): readonly Setting[] {
  const { networkPriority } = resources;
  if (networkPriority === undefined) return [];
  if (isUnified(layout, 'net_prio')) return priorityV2(resources);
  const line = settingsOf('net_prio');
  return (layout.interfaces ?? []).flatMap((name) =>
    line('net_prio.ifpriomap', `${name} ${networkPriority}`, ['networkPriority']),
  );
}

const pages = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : wholePages(bytes));

/** A line of a table by devices. */
const ofDevice = (device: IoDeviceSpec, value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${deviceNumber(device)} ${value}`;
