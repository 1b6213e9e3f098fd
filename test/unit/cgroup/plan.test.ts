import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planCgroup, planPodCgroup, planPodChange, podResources } from '../../../src/cgroup/plan.ts';
import { cpuQuotaUs, cpuShares, cpuWeight, v1Unlimited, wholePages } from '../../../src/cgroup/plan-weights.ts';
import type { CgroupLayout, CgroupWrite } from '../../../src/model/cgroup.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { aContainer } from '../reconcile/builders.ts';
import { hybrid, layouts, v1, v2 } from './layouts.ts';

const full: ResourceSpec = {
  cpuLimitMillis: 200,
  cpuRequestMillis: 100,
  memoryLimitBytes: 64 * 2 ** 20 + 1,
  memoryRequestBytes: 32 * 2 ** 20,
  pidsLimit: 2048,
};
const path = 'podctl/uid/web';
const short = (writes: readonly CgroupWrite[]) =>
  writes.map(({ file, value }) => `${file.replace('/sys/fs/cgroup/', '')} ${value}`);
const limits = (writes: readonly CgroupWrite[]) => short(writes.filter(({ file }) => !file.includes('devices.')));

/** One container of a pod that limits nothing. */
function planCgroupUpdate(relative: string, from: ResourceSpec, to: ResourceSpec, layout: CgroupLayout) {
  const pod = (resources: ResourceSpec) => ({
    resources: {},
    containers: new Map([[relative, { resources, leaves: new Map() }]]),
  });
  return planPodChange('podctl/uid', pod(from), pod(to), layout);
}

describe('planCgroup', () => {
  test('writes v2 limits on app and the weight on the container', () => {
    expect(short(planCgroup(path, full, v2))).toEqual([
      'podctl/uid/web/cpu.weight 4',
      'podctl/uid/web/memory.low 33554432',
      'podctl/uid/web/app/cpu.weight 4',
      'podctl/uid/web/app/memory.max 67108864',
      'podctl/uid/web/app/memory.swap.max 0',
      'podctl/uid/web/app/memory.low 33554432',
      'podctl/uid/web/app/pids.max 2048',
      'podctl/uid/web/app/cpu.max 20000 100000',
    ]);
  });

  test('writes v1 limits into each controller, comounted or not', () => {
    const expected = (cpu: string) => [
      `${cpu}/podctl/uid/web/cpu.shares 102`,
      `${cpu}/podctl/uid/web/app/cpu.shares 102`,
      'memory/podctl/uid/web/app/memory.limit_in_bytes 67108864',
      'memory/podctl/uid/web/app/memory.memsw.limit_in_bytes 67108864',
      'memory/podctl/uid/web/app/memory.soft_limit_in_bytes 33554432',
      'pids/podctl/uid/web/app/pids.max 2048',
      `${cpu}/podctl/uid/web/app/cpu.cfs_quota_us 20000`,
    ];
    expect(limits(planCgroup(path, full, hybrid))).toEqual(expected('cpu'));
    expect(limits(planCgroup(path, full, v1))).toEqual(expected('cpu,cpuacct'));
  });

  test.each(Object.entries(layouts))('writes only the weight when nothing is limited on %s', (_, layout) => {
    const weight = layout.kind === 'v2' ? 'cpu.weight 1' : 'cpu.shares 2';
    const writes = limits(planCgroup(path, {}, layout));
    expect(writes).toHaveLength(2);
    for (const write of writes) expect(write).toContain(weight);
  });

  test('denies all v1 devices before it allows the usual ones', () => {
    const devices = short(planCgroup(path, {}, v1)).filter((line) => line.includes('devices.'));
    expect(devices[0]).toBe('devices/podctl/uid/web/app/devices.deny a');
    expect(devices.slice(1).map((line) => line.split('devices.allow ')[1])).toEqual([
      'c *:* m',
      'b *:* m',
      'c 1:3 rwm',
      'c 1:5 rwm',
      'c 1:7 rwm',
      'c 1:8 rwm',
      'c 1:9 rwm',
      'c 5:0 rwm',
      'c 5:1 rwm',
      'c 5:2 rwm',
      'c 136:* rwm',
    ]);
  });

  test('leaves devices alone for a privileged container', () => {
    expect(planCgroup(path, {}, v1, { privileged: true }).some(({ file }) => file.includes('devices'))).toBe(false);
  });

  test('makes weights, requests and swap wishes, and limits not', () => {
    const wishes = planCgroup(path, full, v2).filter(({ wish }) => wish === true);
    expect(wishes.map(({ file }) => file.split('/').at(-1))).toEqual([
      'cpu.weight',
      'memory.low',
      'cpu.weight',
      'memory.swap.max',
      'memory.low',
    ]);
  });
});

describe('planPodChange', () => {
  test('resets a limit that was taken away', () => {
    const { cpuLimitMillis, memoryLimitBytes, ...rest } = full;
    expect([cpuLimitMillis, memoryLimitBytes]).not.toContain(undefined);
    expect(short(planCgroupUpdate(path, full, rest, v2))).toEqual([
      'podctl/uid/web/app/memory.max max',
      'podctl/uid/web/app/memory.swap.max max',
      'podctl/uid/web/app/cpu.max max 100000',
    ]);
    expect(short(planCgroupUpdate(path, full, rest, hybrid))).toEqual([
      `memory/podctl/uid/web/app/memory.memsw.limit_in_bytes ${v1Unlimited}`,
      `memory/podctl/uid/web/app/memory.limit_in_bytes ${v1Unlimited}`,
      'cpu/podctl/uid/web/app/cpu.cfs_quota_us -1',
    ]);
  });

  const memory = (bytes?: number): ResourceSpec => (bytes === undefined ? {} : { memoryLimitBytes: bytes });
  test.each([
    ['grows', 4096, 8192, ['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes']],
    ['shrinks', 8192, 4096, ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']],
    ['appears', undefined, 4096, ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']],
    ['goes away', 4096, undefined, ['memory.memsw.limit_in_bytes', 'memory.limit_in_bytes']],
  ])('keeps limit ≤ memsw while a v1 memory limit %s', (_, from, to, files) => {
    const writes = planCgroupUpdate(path, memory(from), memory(to), v1);
    expect(writes.map(({ file }) => file.split('/').at(-1))).toEqual(files);
  });

  const optional = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
  const resources = fc
    .record({
      cpuLimitMillis: optional(256_000),
      cpuRequestMillis: optional(256_000),
      memoryLimitBytes: optional(2 ** 40),
      memoryRequestBytes: optional(2 ** 40),
      pidsLimit: optional(4_194_304),
    })
    .map(
      (record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as ResourceSpec,
    );
  const layout = fc.constantFrom(v1, v2, hybrid);

  test('is empty between equal resources', () => {
    fc.assert(fc.property(resources, layout, (a, on) => planCgroupUpdate(path, a, a, on).length === 0));
  });

  test('takes a fresh cgroup or an updated one to the same values', () => {
    const apply = (files: Map<string, string>, writes: readonly CgroupWrite[]) => {
      for (const { file, value } of writes) if (!file.includes('devices.')) files.set(file, value);
      return files;
    };
    fc.assert(
      fc.property(resources, resources, layout, (a, b, on) => {
        const updated = apply(apply(new Map(), planCgroup(path, a, on)), planCgroupUpdate(path, a, b, on));
        const fresh = apply(new Map(), planCgroup(path, b, on));
        for (const [file, value] of fresh) expect(updated.get(file)).toBe(value);
        for (const [file, value] of updated) if (!fresh.has(file)) expect(isUnlimited(value)).toBe(true);
      }),
    );
  });

  const isUnlimited = (value: string) => ['-1', '0', 'max', 'max 100000', v1Unlimited].includes(value);
});

test('planPodCgroup weighs a pod by the sum of its requests, and writes its own limits', () => {
  const containers = [500, 600, undefined].map((request) => ({
    ...aContainer(),
    resources: request === undefined ? {} : { cpuRequestMillis: request },
  }));
  const weight = (own: ResourceSpec = {}) => podResources({ containers, resources: own });
  expect(short(planPodCgroup('podctl/uid', weight(), v1))).toEqual(['cpu,cpuacct/podctl/uid/cpu.shares 1126']);
  expect(short(planPodCgroup('podctl/uid', podResources({ containers: [] }), v2))).toEqual(['podctl/uid/cpu.weight 1']);
  expect(short(planPodCgroup('podctl/uid', weight({ cpuRequestMillis: 100, pidsLimit: 7 }), v2))).toEqual([
    'podctl/uid/cpu.weight 4',
    'podctl/uid/pids.max 7',
  ]);
});

describe('numbers', () => {
  test.each([
    [1, 1_000],
    [200, 20_000],
    [1_500, 150_000],
  ])('gives %i millicores a quota of %i µs', (millis, quota) => {
    expect(cpuQuotaUs(millis)).toBe(quota);
  });

  test.each([
    [undefined, 2, 1],
    [1, 2, 1],
    [100, 102, 4],
    [1_000, 1_024, 39],
    [1_000_000, 262_144, 10_000],
  ])('gives a request of %s millicores %i shares and weight %i', (millis, shares, weight) => {
    expect(cpuShares(millis)).toBe(shares);
    expect(cpuWeight(shares)).toBe(weight);
  });

  test('rounds bytes down to pages', () => {
    expect(wholePages(8_191)).toBe(4_096);
  });
});
