/** Resources as cgroup v2 files (kernel: admin-guide/cgroup-v2.rst). Pure. */
import type { CgroupLayout } from '../model/cgroup.ts';
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';
import { lowOf, minOf } from './plan-protection.ts';
import { type DirectoryResources, deviceNumber, type Setting, settingsOf, socketPriority } from './plan-setting.ts';
import { bfqWeight, cpuPeriodUs, cpuQuotaUs, cpuShares, cpuWeight, hugepageSize, wholePages } from './plan-weights.ts';

const v2 = settingsOf('cgroup2');

/** All that is asked for, raw files apart. */
export function settingsV2(resources: DirectoryResources, layout: CgroupLayout): readonly Setting[] {
  return [
    ...weightsV2(resources, layout),
    ...bandwidth(resources),
    ...v2('cpuset.cpus', resources.cpus, ['cpus']),
    ...v2('cpuset.mems', resources.mems, ['mems']),
    ...memory(resources),
    ...v2('pids.max', resources.pidsLimit, ['pidsLimit']),
    ...(resources.ioDevices ?? []).flatMap(ioLimits),
    ...hugepagesV2(resources),
    ...priorityV2(resources),
  ];
}

/** What a directory weighs against its siblings. An idle one weighs nothing: the kernel takes no weight from it. */
export function weightsV2(resources: ResourceSpec, layout: CgroupLayout): readonly Setting[] {
  const { cpuRequestMillis, cpuWeight: asked, cpuIdle } = resources;
  const requested = cpuRequestMillis === undefined ? undefined : cpuWeight(cpuShares(cpuRequestMillis));
  return [
    ...(cpuIdle === true
      ? v2('cpu.idle', 1, ['cpuIdle'], true)
      : v2('cpu.weight', asked ?? requested, ['cpuWeight', 'cpuRequestMillis'], true)),
    ...ioWeights(resources, layout),
  ];
}

/** iocost reads io.weight alone, the scheduler bfq a file of its own alone, which is there while bfq is loaded. */
function ioWeights({ ioWeight, ioDevices = [] }: ResourceSpec, { files }: CgroupLayout): readonly Setting[] {
  const weights = (name: string, weightOf: (weight: number | undefined) => number | undefined) => {
    const all = weightOf(ioWeight);
    return [
      ...v2(name, all === undefined ? undefined : `default ${all}`, ['ioWeight'], true),
      ...ioDevices.flatMap((device) => v2(name, ofDevice(device, weightOf(device.weight)), ['ioDevices'], true)),
    ];
  };
  const hasBfq = files?.has('io.bfq.weight') === true;
  return [
    ...(hasBfq && !files.has('io.weight') ? [] : weights('io.weight', (weight) => weight)),
    ...(hasBfq ? weights('io.bfq.weight', bfqWeight) : []),
  ];
}

function bandwidth({ cpuLimitMillis, cpuPeriodUs: periodUs, cpuBurstUs, quotaUs }: DirectoryResources): Setting[] {
  const limit = cpuLimitMillis === undefined ? 'max' : (quotaUs ?? cpuQuotaUs(cpuLimitMillis, periodUs));
  const isAsked = cpuLimitMillis !== undefined || periodUs !== undefined;
  return [
    ...v2('cpu.max', isAsked ? `${limit} ${periodUs ?? cpuPeriodUs}` : undefined, ['cpuLimitMillis', 'cpuPeriodUs']),
    ...v2('cpu.max.burst', cpuBurstUs, ['cpuBurstUs']),
  ];
}

function memory(resources: DirectoryResources): Setting[] {
  return [
    ...v2('memory.max', pages(resources.memoryLimitBytes), ['memoryLimitBytes']),
    ...swap(resources),
    ...v2('memory.high', pages(resources.memoryHighBytes), ['memoryHighBytes']),
    ...protectionV2(resources),
    ...v2('memory.oom.group', resources.memoryOomGroup === true ? 1 : undefined, ['memoryOomGroup']),
  ];
}

/** What is left to a directory, and by it to those below it, when memory is short. */
export const protectionV2 = (resources: DirectoryResources): readonly Setting[] => [
  ...v2('memory.low', pages(lowOf(resources)), ['memoryLowBytes', 'memoryRequestBytes'], true),
  ...v2('memory.min', pages(minOf(resources)), ['memoryMinBytes']),
];

/** As under the kubelet a limited container does not swap; kernels without swap lack the file, and nobody misses it who asked for none. */
function swap({ memoryLimitBytes, memorySwapBytes }: ResourceSpec): readonly Setting[] {
  if (memorySwapBytes === 'unlimited') return v2('memory.swap.max', 'max', ['memorySwapBytes'], true);
  if (memorySwapBytes) return v2('memory.swap.max', pages(memorySwapBytes), ['memorySwapBytes']);
  const isNone = memorySwapBytes === 0 || memoryLimitBytes !== undefined;
  return v2('memory.swap.max', isNone ? 0 : undefined, ['memorySwapBytes'], true);
}

function ioLimits(device: IoDeviceSpec): readonly Setting[] {
  const { readBytesPerSecond, writeBytesPerSecond, readOpsPerSecond, writeOpsPerSecond } = device;
  const limits = [readBytesPerSecond, writeBytesPerSecond, readOpsPerSecond, writeOpsPerSecond];
  if (limits.every((limit) => limit === undefined)) return [];
  const [rbps, wbps, riops, wiops] = limits.map((limit) => limit ?? 'max');
  return v2('io.max', ofDevice(device, `rbps=${rbps} wbps=${wbps} riops=${riops} wiops=${wiops}`), ['ioDevices']);
}

/** In a hybrid layout too, where the controller is bound to cgroup2. */
export function hugepagesV2({ hugepages = {} }: ResourceSpec): readonly Setting[] {
  return Object.entries(hugepages).flatMap(([size, bytes]) => {
    const page = hugepageSize(size);
    return v2(`hugetlb.${page.name}.max`, bytes - (bytes % page.bytes), ['hugepages']);
  });
}

/** In a hybrid layout too, where net_prio is mounted nowhere. */
export const priorityV2 = ({ networkPriority }: ResourceSpec): readonly Setting[] =>
  v2(socketPriority.name, networkPriority, ['networkPriority']);

const pages = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : wholePages(bytes));

/** A line of a table by devices. */
const ofDevice = (device: IoDeviceSpec, value: string | number | undefined): string | undefined =>
  value === undefined ? undefined : `${deviceNumber(device)} ${value}`;

/** Mount point of cgroup2 in a v2 layout. */
export function v2Root(layout: CgroupLayout): string {
  if (layout.v2Root === undefined) throw new Error('bug: a v2 layout without its root');
  return layout.v2Root;
}
