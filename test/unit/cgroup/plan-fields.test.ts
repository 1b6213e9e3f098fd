/** Every field of ResourceSpec as files of each layout, set, changed and taken away. */
import { describe, expect, test } from 'vitest';
import { planLeaf, planLeafUpdate } from '../../../src/cgroup/plan-leaf.ts';
import type { CgroupLayout, CgroupWrite } from '../../../src/model/cgroup.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { hybrid, v1, v2 } from './layouts.ts';

const leaf = 'podctl/uid/app/app/web';
const mib = 2 ** 20;
const short = (writes: readonly CgroupWrite[]) =>
  writes.map(({ file, value, wish }) => {
    const name = file.replace('/sys/fs/cgroup/', '').replace(`${leaf}/`, '');
    return `${name} ${value}${wish ? ' (wish)' : ''}`;
  });

interface Case {
  readonly set: ResourceSpec;
  readonly v2: readonly string[];
  readonly v1: readonly string[];
  /** taken away again */
  readonly v2Back: readonly string[];
  readonly v1Back: readonly string[];
}

const disk = { kind: 'number', major: 254, minor: 0 } as const;
const unlimited = '9223372036854771712';
const ifpriomap = 'net_prio/net_prio.ifpriomap';

const cases: Readonly<Record<keyof ResourceSpec, Case>> = {
  cpuLimitMillis: {
    set: { cpuLimitMillis: 333.3 },
    v2: ['cpu.max 33330 100000'],
    v1: ['cpu,cpuacct/cpu.cfs_quota_us 33330'],
    v2Back: ['cpu.max max 100000'],
    v1Back: ['cpu,cpuacct/cpu.cfs_quota_us -1'],
  },
  cpuRequestMillis: {
    set: { cpuRequestMillis: 1_000 },
    v2: ['cpu.weight 39 (wish)'],
    v1: [],
    v2Back: ['cpu.weight 100 (wish)'],
    v1Back: [],
  },
  cpuPeriodUs: {
    set: { cpuLimitMillis: 500, cpuPeriodUs: 50_000 },
    v2: ['cpu.max 25000 50000'],
    v1: ['cpu,cpuacct/cpu.cfs_period_us 50000', 'cpu,cpuacct/cpu.cfs_quota_us 25000'],
    v2Back: ['cpu.max max 100000'],
    v1Back: ['cpu,cpuacct/cpu.cfs_quota_us -1', 'cpu,cpuacct/cpu.cfs_period_us 100000'],
  },
  cpuBurstUs: {
    set: { cpuLimitMillis: 500, cpuBurstUs: 20_000 },
    v2: ['cpu.max 50000 100000', 'cpu.max.burst 20000'],
    v1: ['cpu,cpuacct/cpu.cfs_quota_us 50000', 'cpu,cpuacct/cpu.cfs_burst_us 20000'],
    v2Back: ['cpu.max.burst 0', 'cpu.max max 100000'],
    v1Back: ['cpu,cpuacct/cpu.cfs_burst_us 0', 'cpu,cpuacct/cpu.cfs_quota_us -1'],
  },
  cpuWeight: {
    set: { cpuWeight: 300, cpuRequestMillis: 1_000 },
    v2: ['cpu.weight 300 (wish)'],
    v1: ['cpu,cpuacct/cpu.shares 3072 (wish)'],
    v2Back: ['cpu.weight 100 (wish)'],
    v1Back: ['cpu,cpuacct/cpu.shares 1024 (wish)'],
  },
  cpuIdle: {
    set: { cpuIdle: true, cpuWeight: 300 },
    v2: ['cpu.idle 1 (wish)'],
    v1: ['cpu,cpuacct/cpu.idle 1 (wish)'],
    v2Back: ['cpu.idle 0 (wish)'],
    v1Back: ['cpu,cpuacct/cpu.idle 0 (wish)'],
  },
  cpus: {
    set: { cpus: '0-1,3' },
    v2: ['cpuset.cpus 0-1,3'],
    v1: ['cpuset/cpuset.cpus 0-1,3'],
    v2Back: ['cpuset.cpus 0-3'],
    v1Back: ['cpuset/cpuset.cpus 0-3'],
  },
  mems: {
    set: { mems: '1' },
    v2: ['cpuset.mems 1'],
    v1: ['cpuset/cpuset.mems 1'],
    v2Back: ['cpuset.mems 0-1'],
    v1Back: ['cpuset/cpuset.mems 0-1'],
  },
  memoryLimitBytes: {
    set: { memoryLimitBytes: 64 * mib + 1 },
    v2: ['memory.max 67108864', 'memory.swap.max 0 (wish)'],
    v1: ['memory/memory.limit_in_bytes 67108864', 'memory/memory.memsw.limit_in_bytes 67108864 (wish)'],
    v2Back: ['memory.max max', 'memory.swap.max max (wish)'],
    v1Back: [`memory/memory.memsw.limit_in_bytes ${unlimited} (wish)`, `memory/memory.limit_in_bytes ${unlimited}`],
  },
  memoryRequestBytes: {
    set: { memoryRequestBytes: 8 * mib },
    v2: ['memory.low 8388608 (wish)'],
    v1: ['memory/memory.soft_limit_in_bytes 8388608 (wish)'],
    v2Back: ['memory.low 0 (wish)'],
    v1Back: [`memory/memory.soft_limit_in_bytes ${unlimited} (wish)`],
  },
  memoryHighBytes: {
    set: { memoryHighBytes: 48 * mib },
    v2: ['memory.high 50331648'],
    v1: [],
    v2Back: ['memory.high max'],
    v1Back: [],
  },
  memoryLowBytes: {
    set: { memoryLowBytes: 16 * mib, memoryRequestBytes: 8 * mib },
    v2: ['memory.low 16777216 (wish)'],
    v1: ['memory/memory.soft_limit_in_bytes 16777216 (wish)'],
    v2Back: ['memory.low 0 (wish)'],
    v1Back: [`memory/memory.soft_limit_in_bytes ${unlimited} (wish)`],
  },
  memoryMinBytes: {
    set: { memoryMinBytes: 4 * mib },
    v2: ['memory.min 4194304'],
    v1: [],
    v2Back: ['memory.min 0'],
    v1Back: [],
  },
  memorySwapBytes: {
    set: { memoryLimitBytes: 64 * mib, memorySwapBytes: 32 * mib },
    v2: ['memory.max 67108864', 'memory.swap.max 33554432'],
    v1: ['memory/memory.limit_in_bytes 67108864', 'memory/memory.memsw.limit_in_bytes 100663296'],
    v2Back: ['memory.max max', 'memory.swap.max max'],
    v1Back: [`memory/memory.memsw.limit_in_bytes ${unlimited}`, `memory/memory.limit_in_bytes ${unlimited}`],
  },
  memorySwappiness: {
    set: { memorySwappiness: 10 },
    v2: [],
    v1: ['memory/memory.swappiness 10 (wish)'],
    v2Back: [],
    v1Back: ['memory/memory.swappiness 60 (wish)'],
  },
  memoryOomGroup: {
    set: { memoryOomGroup: true },
    v2: ['memory.oom.group 1'],
    v1: [],
    v2Back: ['memory.oom.group 0'],
    v1Back: [],
  },
  pidsLimit: {
    set: { pidsLimit: 20 },
    v2: ['pids.max 20'],
    v1: ['pids/pids.max 20'],
    v2Back: ['pids.max max'],
    v1Back: ['pids/pids.max max'],
  },
  ioWeight: {
    set: { ioWeight: 200 },
    v2: ['io.weight default 200 (wish)'],
    v1: ['blkio/blkio.bfq.weight 200 (wish)'],
    v2Back: ['io.weight default 100 (wish)'],
    v1Back: ['blkio/blkio.bfq.weight 100 (wish)'],
  },
  ioDevices: {
    set: { ioDevices: [{ device: disk, readBytesPerSecond: mib, writeOpsPerSecond: 100, weight: 50 }] },
    v2: ['io.weight 254:0 50 (wish)', 'io.max 254:0 rbps=1048576 wbps=max riops=max wiops=100'],
    v1: [
      'blkio/blkio.bfq.weight_device 254:0 50 (wish)',
      'blkio/blkio.throttle.read_bps_device 254:0 1048576',
      'blkio/blkio.throttle.write_iops_device 254:0 100',
    ],
    v2Back: ['io.weight 254:0 default (wish)', 'io.max 254:0 rbps=max wbps=max riops=max wiops=max'],
    v1Back: [
      'blkio/blkio.bfq.weight_device 254:0 default (wish)',
      'blkio/blkio.throttle.read_bps_device 254:0 0',
      'blkio/blkio.throttle.write_iops_device 254:0 0',
    ],
  },
  hugepages: {
    set: { hugepages: { '2Mi': 5 * mib, '1Gi': 2 ** 30 } },
    v2: ['hugetlb.2MB.max 4194304', 'hugetlb.1GB.max 1073741824'],
    v1: ['hugetlb/hugetlb.2MB.limit_in_bytes 4194304', 'hugetlb/hugetlb.1GB.limit_in_bytes 1073741824'],
    v2Back: ['hugetlb.2MB.max max', 'hugetlb.1GB.max max'],
    v1Back: ['hugetlb/hugetlb.2MB.limit_in_bytes -1', 'hugetlb/hugetlb.1GB.limit_in_bytes -1'],
  },
  networkPriority: {
    set: { networkPriority: 5 },
    v2: ['bpf.socket_priority 5'],
    v1: [`${ifpriomap} lo 5`, `${ifpriomap} eth0 5`],
    v2Back: ['bpf.socket_priority none'],
    v1Back: [`${ifpriomap} lo 0`, `${ifpriomap} eth0 0`],
  },
  unified: {
    set: { memoryLimitBytes: 64 * mib, pidsLimit: 5, unified: { 'memory.max': '4096', 'pids.max': '7' } },
    v2: ['memory.max 4096', 'memory.swap.max 0 (wish)', 'pids.max 7'],
    v1: [
      'memory/memory.limit_in_bytes 67108864',
      'memory/memory.memsw.limit_in_bytes 67108864 (wish)',
      'pids/pids.max 7',
      'memory/memory.max 4096',
    ],
    v2Back: ['memory.max max', 'memory.swap.max max (wish)', 'pids.max max'],
    v1Back: [
      `memory/memory.memsw.limit_in_bytes ${unlimited} (wish)`,
      `memory/memory.limit_in_bytes ${unlimited}`,
      'pids/pids.max max',
      'memory/memory.max max',
    ],
  },
};

describe.each(Object.entries(cases))('%s', (_, { set, v2: onV2, v1: onV1, v2Back, v1Back }) => {
  test.each([
    ['v2', v2, onV2, v2Back],
    ['v1', v1, onV1, v1Back],
  ] as const)('is written to its %s files, and set back when it is taken away', (_kind, layout, written, back) => {
    expect(short(planLeaf(leaf, set, layout))).toEqual(written);
    expect(short(planLeafUpdate(leaf, set, {}, layout))).toEqual(back);
    expect(planLeafUpdate(leaf, set, set, layout)).toEqual([]);
  });
});

const update = (from: ResourceSpec, to: ResourceSpec, layout: CgroupLayout) =>
  short(planLeafUpdate(leaf, from, to, layout)).map((line) => line.replace('cpu,cpuacct/', ''));
const cpu = (cpuLimitMillis: number, cpuBurstUs?: number, cpuPeriodUs?: number): ResourceSpec => ({
  cpuLimitMillis,
  ...(cpuBurstUs === undefined ? {} : { cpuBurstUs }),
  ...(cpuPeriodUs === undefined ? {} : { cpuPeriodUs }),
});

describe('the order of a change', () => {
  test.each([
    ['grows', cpu(300, 30_000), cpu(1_000, 80_000), ['cpu.cfs_quota_us 100000', 'cpu.cfs_burst_us 80000']],
    ['shrinks', cpu(1_000, 80_000), cpu(300, 20_000), ['cpu.cfs_burst_us 20000', 'cpu.cfs_quota_us 30000']],
    [
      'grows while the quota shrinks',
      cpu(1_000, 20_000),
      cpu(300, 30_000),
      ['cpu.cfs_quota_us 30000', 'cpu.cfs_burst_us 30000'],
    ],
  ])('keeps burst ≤ quota while the burst %s', (_, from, to, writes) => {
    expect(update(from, to, v1)).toEqual(writes);
  });

  test.each([
    ['v1', v1, ['cpu.cfs_quota_us 8796093022207']],
    ['v2', v2, ['cpu.max 8796093022207 100000']],
  ])('writes a quota that the kernel takes on %s however high the limit', (_, layout, writes) => {
    expect(update(cpu(500), cpu(1e33), layout)).toEqual(writes);
  });

  test('parks the v1 quota while its period changes', () => {
    expect(update(cpu(500), cpu(500, undefined, 50_000), v1)).toEqual([
      'cpu.cfs_quota_us -1',
      'cpu.cfs_period_us 50000',
      'cpu.cfs_quota_us 25000',
    ]);
    expect(update(cpu(500), cpu(250, undefined, 200_000), v1)).toEqual([
      'cpu.cfs_quota_us -1',
      'cpu.cfs_period_us 200000',
      'cpu.cfs_quota_us 50000',
    ]);
    expect(update(cpu(500), cpu(500, undefined, 50_000), v2)).toEqual(['cpu.max 25000 50000']);
  });

  test('ends idleness before a weight, and writes none of an idle group', () => {
    const weighed: ResourceSpec = { cpuWeight: 300 };
    expect(update({ cpuIdle: true }, weighed, v2)).toEqual(['cpu.idle 0 (wish)', 'cpu.weight 300 (wish)']);
    expect(update(weighed, { cpuIdle: true }, v2)).toEqual(['cpu.idle 1 (wish)']);
  });

  test('takes one device away and leaves the other', () => {
    const other = { device: { ...disk, minor: 16 }, writeBytesPerSecond: 5 };
    const both: ResourceSpec = { ioDevices: [{ device: disk, readBytesPerSecond: 5 }, other] };
    expect(update(both, { ioDevices: [other] }, v1)).toEqual(['blkio/blkio.throttle.read_bps_device 254:0 0']);
  });
});

test('a hybrid machine with hugetlb on cgroup2 alone, and net_prio nowhere, has them there', () => {
  const writes = planLeaf(leaf, { hugepages: { '2Mi': 4 * mib }, networkPriority: 3 }, hybrid);
  expect(writes).toEqual([
    { file: `/sys/fs/cgroup/unified/${leaf}/hugetlb.2MB.max`, value: '4194304' },
    { file: `/sys/fs/cgroup/unified/${leaf}/bpf.socket_priority`, value: '3' },
  ]);
});

test('io weights go to bfq’s own file where bfq is loaded, and to io.weight where the kernel has it', () => {
  const weighed: ResourceSpec = { ioWeight: 2_000, ioDevices: [{ device: disk, weight: 50 }] };
  const withFiles = (...names: string[]): CgroupLayout => ({ ...v2, files: new Set(names) });
  const cost = ['io.weight default 2000 (wish)', 'io.weight 254:0 50 (wish)'];
  const bfq = ['io.bfq.weight default 1000 (wish)', 'io.bfq.weight 254:0 50 (wish)'];
  expect(update({}, weighed, withFiles('io.weight'))).toEqual(cost);
  expect(update({}, weighed, withFiles('io.weight', 'io.bfq.weight'))).toEqual([...cost, ...bfq]);
  expect(update({}, weighed, withFiles('io.bfq.weight'))).toEqual(bfq);
  expect(update(weighed, {}, withFiles('io.bfq.weight'))).toEqual([
    'io.bfq.weight default 100 (wish)',
    'io.bfq.weight 254:0 default (wish)',
  ]);
});
