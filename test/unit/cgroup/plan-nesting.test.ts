import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PodCgroups, planPodChange } from '../../../src/cgroup/plan.ts';
import { nest, outermost } from '../../../src/cgroup/plan-nesting.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { formatCpuList, isWithinCpuList, parseCpuList } from '../../../src/util/cpu-list.ts';
import { v1, v2 } from './layouts.ts';

describe('nest', () => {
  const quota = { quotaUs: 50_000, periodUs: 100_000 };
  test('gives a v1 child its parent’s share where its own limit is higher', () => {
    const { resources, bound } = nest({ quota }, { cpuLimitMillis: 800, cpuPeriodUs: 20_000, cpuBurstUs: 15_000 }, v1);
    expect(resources).toMatchObject({ quotaUs: 10_000, cpuBurstUs: 10_000 });
    expect(bound.quota).toEqual({ quotaUs: 10_000, periodUs: 20_000 });
  });

  test('leaves a v1 child without a limit where its period is too short for the parent’s share', () => {
    const { resources, bound } = nest(
      { quota: { quotaUs: 1_000, periodUs: 100_000 } },
      { cpuLimitMillis: 500, cpuPeriodUs: 10_000 },
      v1,
    );
    expect(resources).toEqual({ cpuPeriodUs: 10_000 });
    expect(bound.quota).toEqual({ quotaUs: 1_000, periodUs: 100_000 });
  });

  test('leaves v2 limits as they are', () => {
    const own = { cpuLimitMillis: 800, cpus: '9' };
    expect(nest({ quota }, own, v2).resources).toBe(own);
  });

  test.each([
    ['1-2', '1-2'],
    ['2-9', '2-3'],
    ['8', '0-3'],
    [undefined, '0-3'],
  ])('keeps CPUs %s within the machine’s as %s', (cpus, kept) => {
    expect(nest(outermost(v1), cpus === undefined ? {} : { cpus }, v1).bound.cpuset?.cpus).toBe(kept);
  });
});

/** A v1 kernel as far as it refuses: no child above its parent, burst within quota, no cpuset outside of its parent's. */
class Kernel {
  readonly files = new Map<string, string>();
  readonly dirs: readonly string[];

  constructor(dirs: readonly string[]) {
    this.dirs = dirs;
    for (const dir of dirs) {
      this.files.set(`${dir} cpu.cfs_quota_us`, '-1');
      this.files.set(`${dir} cpu.cfs_period_us`, '100000');
      this.files.set(`${dir} cpu.cfs_burst_us`, '0');
      this.files.set(`${dir} cpuset.cpus`, '0-3');
      this.files.set(`${dir} cpuset.mems`, '0-1');
    }
  }

  write({ file, value }: { readonly file: string; readonly value: string }): void {
    const [, dir = '', name = ''] = /^\/sys\/fs\/cgroup\/[^/]+\/(.*)\/([^/]+)$/.exec(file) ?? [];
    this.files.set(`${dir} ${name}`, value);
    for (const checked of this.dirs) this.#check(checked);
  }

  #check(dir: string): void {
    const parent = this.dirs.find((other) => dir.slice(0, dir.lastIndexOf('/')) === other);
    const quota = this.#number(dir, 'cpu.cfs_quota_us');
    if (quota !== -1) expect(this.#number(dir, 'cpu.cfs_burst_us')).toBeLessThanOrEqual(quota);
    if (quota !== -1) expect(quota).toBeGreaterThanOrEqual(1_000);
    if (parent === undefined) return;
    expect(this.#ratio(dir), `${dir} has more than ${parent}`).toBeLessThanOrEqual(this.#ratio(parent));
    for (const name of ['cpuset.cpus', 'cpuset.mems']) {
      const lists = [dir, parent].map((at) => parseCpuList(this.files.get(`${at} ${name}`) ?? '') ?? []);
      expect(isWithinCpuList(lists[0] ?? [], lists[1] ?? []), `${dir} has other ${name} than ${parent}`).toBe(true);
    }
  }

  /** as tg_cfs_schedulable_down reckons it: no limit is the parent's */
  #ratio(dir: string): number {
    const quota = this.#number(dir, 'cpu.cfs_quota_us');
    const parent = dir.slice(0, dir.lastIndexOf('/'));
    if (quota === -1) return this.dirs.includes(parent) ? this.#ratio(parent) : Number.POSITIVE_INFINITY;
    return Math.floor((quota * 2 ** 20) / this.#number(dir, 'cpu.cfs_period_us'));
  }

  #number(dir: string, name: string): number {
    return Number(this.files.get(`${dir} ${name}`));
  }
}

describe('planPodChange on v1', () => {
  const pod = 'podctl/uid';
  const path = `${pod}/web`;
  const dirs = [pod, path, `${path}/init`, `${path}/app`, `${path}/app/main`, `${path}/app/side`];
  const cpus = fc
    .subarray([0, 1, 2, 3], { minLength: 1 })
    .map((list) => formatCpuList(parseCpuList(list.join()) ?? []));
  const resources: fc.Arbitrary<ResourceSpec> = fc
    .record(
      {
        cpuLimitMillis: fc.integer({ min: 50, max: 4_000 }),
        cpuPeriodUs: fc.integer({ min: 20_000, max: 1_000_000 }),
        cpuBurstUs: fc.integer({ min: 0, max: 1_000 }),
        cpus,
        mems: fc.constantFrom('0', '1', '0-1'),
      },
      { requiredKeys: [] },
    )
    .map((spec) => ({ ...spec }));
  const cgroups: fc.Arbitrary<PodCgroups> = fc
    .tuple(resources, resources, resources, resources)
    .map(([own, container, main, side]) => ({
      resources: own,
      containers: new Map([
        [
          path,
          {
            resources: container,
            leaves: new Map([
              ['main', main],
              ['side', side],
            ]),
          },
        ],
      ]),
    }));
  const fresh: PodCgroups = {
    resources: {},
    containers: new Map([
      [
        path,
        {
          resources: {},
          leaves: new Map([
            ['main', {}],
            ['side', {}],
          ]),
        },
      ],
    ]),
  };

  test('never gives a child more than its parent, whatever changes into what', () => {
    fc.assert(
      fc.property(cgroups, cgroups, (a, b) => {
        const kernel = new Kernel(dirs);
        for (const [from, to] of [
          [fresh, a],
          [a, b],
          [b, fresh],
        ] as const) {
          for (const write of planPodChange(pod, from, to, v1)) kernel.write(write);
        }
        expect([...kernel.files]).toEqual([...new Kernel(dirs).files]);
      }),
    );
  });

  test('lets all of a pod grow from the top and shrink from the bottom', () => {
    const one = { ...fresh, resources: { cpus: '0' } };
    const two = { ...fresh, resources: { cpus: '1' } };
    const order = planPodChange(pod, one, two, v1).map(
      ({ file, value }) => `${file.replace('/sys/fs/cgroup/cpuset/podctl/uid', '')} ${value}`,
    );
    expect(order.slice(0, 2)).toEqual(['/cpuset.cpus 0-1', '/web/cpuset.cpus 0-1']);
    expect(order.slice(-2)).toEqual(['/web/cpuset.cpus 1', '/cpuset.cpus 1']);
  });
});
