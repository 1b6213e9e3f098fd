/**
 * Every field of ResourceSpec on the real kernel, at pod, container and program level: all that is planned for a fresh cgroup stands in
 * its files, changes there live, and goes away again. What this layout does not have is refused by name.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  applyCgroupWrites,
  createContainerCgroups,
  removeCgroup,
  removeParentIfEmpty,
} from '../../src/cgroup/driver.ts';
import { judgeSupport } from '../../src/cgroup/judge-support.ts';
import { containerCgroup, podCgroup } from '../../src/cgroup/paths.ts';
import { boundOfApp, type PodCgroups, planCgroup, planPodCgroup, planPodChange } from '../../src/cgroup/plan.ts';
import { extrasOf } from '../../src/cgroup/plan-extras.ts';
import { planLeaves } from '../../src/cgroup/plan-leaf.ts';
import { readCgroupLayout, withFiles } from '../../src/cgroup/read-layout.ts';
import { createProblemList } from '../../src/manifest/field-problem.ts';
import type { CgroupLayout, CgroupWrite } from '../../src/model/cgroup.ts';
import type { IoDeviceSpec, ResourceSpec } from '../../src/model/resource-spec.ts';
import { describeReal } from '../support/describe-real.ts';
import { aContainer, aSpec } from '../unit/reconcile/builders.ts';

const mib = 2 ** 20;
const lastCpu = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim().split(/[-,]/).at(-1) ?? '0';

/** A whole disk of this machine; none in a virtual machine without one. */
const disk = readdirSync('/sys/block').find((name) => /^(vd|sd|nvme|xvd)/.test(name) && existsSync(`/dev/${name}`));
const device: IoDeviceSpec['device'] = { kind: 'path', path: `/dev/${disk}` };
const number = (): IoDeviceSpec['device'] => {
  const [major, minor] = readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim().split(':').map(Number);
  return { kind: 'number', major: major ?? 0, minor: minor ?? 0 };
};
const hugepage = existsSync('/sys/kernel/mm/hugepages/hugepages-2048kB');

interface Values {
  readonly first: ResourceSpec;
  readonly second: ResourceSpec;
  /** the machine lacks what it is about, which is no matter of the kernel's */
  readonly skip?: boolean;
}

/** The compiler asks for every field. */
const values: Readonly<Record<keyof ResourceSpec, Values>> = {
  cpuLimitMillis: { first: { cpuLimitMillis: 250 }, second: { cpuLimitMillis: 1_500 } },
  cpuRequestMillis: { first: { cpuRequestMillis: 100 }, second: { cpuRequestMillis: 2_500 } },
  cpuPeriodUs: {
    first: { cpuLimitMillis: 500, cpuPeriodUs: 50_000 },
    second: { cpuLimitMillis: 500, cpuPeriodUs: 200_000 },
  },
  cpuBurstUs: {
    first: { cpuLimitMillis: 500, cpuBurstUs: 20_000 },
    second: { cpuLimitMillis: 300, cpuBurstUs: 30_000 },
  },
  cpuWeight: { first: { cpuWeight: 300 }, second: { cpuWeight: 7 } },
  cpuIdle: { first: { cpuIdle: true }, second: { cpuIdle: false, cpuWeight: 200 } },
  cpus: { first: { cpus: '0' }, second: { cpus: lastCpu } },
  mems: { first: { mems: '0' }, second: {} },
  memoryLimitBytes: { first: { memoryLimitBytes: 64 * mib }, second: { memoryLimitBytes: 32 * mib + 5 } },
  memoryRequestBytes: { first: { memoryRequestBytes: 8 * mib }, second: { memoryRequestBytes: 4 * mib } },
  memoryHighBytes: { first: { memoryHighBytes: 48 * mib }, second: { memoryHighBytes: 96 * mib } },
  memoryLowBytes: { first: { memoryLowBytes: 16 * mib }, second: { memoryLowBytes: 4 * mib } },
  memoryMinBytes: { first: { memoryMinBytes: 4 * mib }, second: { memoryMinBytes: 8 * mib } },
  memorySwapBytes: {
    first: { memoryLimitBytes: 64 * mib, memorySwapBytes: 32 * mib },
    second: { memoryLimitBytes: 32 * mib, memorySwapBytes: 'unlimited' },
  },
  memorySwappiness: { first: { memorySwappiness: 10 }, second: { memorySwappiness: 90 } },
  memoryOomGroup: { first: { memoryOomGroup: true }, second: { memoryOomGroup: false } },
  pidsLimit: { first: { pidsLimit: 20 }, second: { pidsLimit: 40 } },
  ioWeight: { first: { ioWeight: 200 }, second: { ioWeight: 50 } },
  ioDevices: {
    first: { ioDevices: [{ device, readBytesPerSecond: mib, writeOpsPerSecond: 100, weight: 50 }] },
    second: { ioDevices: [{ device, writeBytesPerSecond: 2 * mib, readOpsPerSecond: 10 }] },
    skip: disk === undefined,
  },
  hugepages: {
    first: { hugepages: { '2Mi': 64 * mib } },
    second: { hugepages: { '2Mi': 5 * mib } },
    skip: !hugepage,
  },
  networkPriority: { first: { networkPriority: 5 }, second: { networkPriority: 0 } },
  unified: {
    first: { pidsLimit: 9, unified: { 'pids.max': '30' } },
    second: { pidsLimit: 9, unified: { 'pids.max': '31' } },
  },
};

/** Both as they are planned: a disk by its number. */
const planned = (resources: ResourceSpec): ResourceSpec => {
  const { ioDevices } = resources;
  if (ioDevices === undefined) return resources;
  return { ...resources, ioDevices: ioDevices.map((one) => ({ ...one, device: number() })) };
};

const tables = /^(io\.(max|weight|bfq\.weight)|blkio\..*_device|net_prio\.ifpriomap)$/;

/** What a write asked for and what the kernel tells are the same. */
function expectHeld({ file, value }: CgroupWrite): void {
  const name = basename(file);
  if (name === 'bpf.socket_priority' || /devices\.(allow|deny)$/.test(name)) return;
  const text = readFileSync(file, 'utf8').trim();
  if (!tables.test(name)) return expect(text, file).toBe(value.trim());
  const [line = '', ...rest] = value.split(' ');
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  const isNothing = /^(0|default|rbps=max wbps=max riops=max wiops=max)$/.test(rest.join(' '));
  expect(found, file).toBe(isNothing && found === undefined ? undefined : value);
}

describeReal('every control of a cgroup', () => {
  const parent = `podctl-test-${process.pid}`;
  const pod = podCgroup(parent, 'uid');
  const web = containerCgroup(parent, 'uid', 'web');
  let layout: CgroupLayout;

  beforeAll(() => {
    layout = withFiles(readCgroupLayout(), parent);
  });
  afterEach(async () => {
    await removeCgroup(layout, pod);
    expect(removeParentIfEmpty(layout, parent)).toBe(true);
  });

  const problemsOf = (resources: ResourceSpec) => {
    const problems = createProblemList();
    judgeSupport(aSpec({ resources, containers: [] }), layout, problems);
    return problems;
  };

  /** The same resources on all three levels. */
  const everywhere = (resources: ResourceSpec): PodCgroups => ({
    resources,
    containers: new Map([
      [
        web,
        {
          resources,
          leaves: new Map([
            ['main', resources],
            ['_exec', {}],
          ]),
        },
      ],
    ]),
  });

  /** All directories with their limits; what podinit does on v2 when it has left `app` is done here. */
  const create = (resources: ResourceSpec, extras: ResourceSpec) => {
    const made = createContainerCgroups(layout, parent, 'uid', 'web', ['main', '_exec'], resources, {
      pod: { wanted: resources },
      leafResources: new Map([['main', resources]]),
      extras: extrasOf({ ...aContainer(), resources: extras, programs: [] }, undefined),
    });
    if (layout.kind !== 'v2') return made.warnings;
    const app = made.app[0] ?? '';
    const controllers = readFileSync(join(app, 'cgroup.controllers'), 'utf8').trim().split(' ');
    const handDown = {
      file: join(app, 'cgroup.subtree_control'),
      value: controllers.map((name) => `+${name}`).join(' '),
    };
    return [...made.warnings, ...applyCgroupWrites([handDown, ...(made.leafWrites ?? [])])];
  };

  const freshWrites = (resources: ResourceSpec) => [
    ...planPodCgroup(pod, resources, layout),
    ...planCgroup(web, resources, layout, { pod: resources }),
    ...planLeaves(web, new Map([['main', resources]]), layout, boundOfApp(resources, resources, layout)),
  ];

  const expectAllHeld = (writes: readonly CgroupWrite[], warnings: readonly string[]) => {
    // the last write to a file is what stays
    const last = new Map(
      writes.map((write) => [
        `${write.file} ${tables.test(basename(write.file)) ? write.value.split(' ')[0] : ''}`,
        write,
      ]),
    );
    for (const write of last.values()) {
      if (!warnings.some((warning) => warning.includes(write.file)) && !isUnaccounted(write)) expectHeld(write);
    }
  };
  const isUnaccounted = ({ file, wish }: CgroupWrite) => wish === true && !existsSync(file);

  /**
   * The kernel tells a huge page limit that was never set by its number, one that was taken away as `max`; a v2 cpuset that was never set
   * is empty, one that was taken away names all that there is.
   */
  const textsOf = (writes: readonly CgroupWrite[]) =>
    new Map(
      writes
        .filter(({ file }) => existsSync(file))
        .map(({ file }) => [file, told(file, readFileSync(file, 'utf8').trim())]),
    );
  const told = (file: string, text: string) => {
    if (text !== '' || !basename(file).startsWith('cpuset.')) return text.replace(/^92233720\d+$/, 'max');
    return file.endsWith('cpus') ? layout.cpuset?.cpus : layout.cpuset?.mems;
  };

  describe.each(Object.entries(values))('%s', (field, { first, second, skip = false }) => {
    test.skipIf(skip)('stands in the files of a fresh cgroup', () => {
      const resources = planned(first);
      const { errors, warnings } = problemsOf(first);
      if (errors.length > 0) {
        expect(errors.map((problem) => problem.field).join()).toMatch(/^spec\.resources\.[a-z]/);
        expect(errors.every(({ message }) => /no |has/.test(message))).toBe(true);
        return;
      }
      const refused = create(resources, first);
      const writes = freshWrites(resources);
      if (warnings.length === 0) expect(writes.length, `${field} is planned`).toBeGreaterThan(0);
      expectAllHeld(writes, refused);
      for (const { file } of writes) expect(dirname(file)).toContain(parent);
    });

    test.skipIf(skip)('changes live and leaves nothing behind', () => {
      if (problemsOf(first).errors.length > 0 || problemsOf(second).errors.length > 0) return;
      create({}, { ...first, ...second });
      const steps = [{}, first, second, first, {}].map((resources) => everywhere(planned(resources)));
      const touched = steps.slice(1).flatMap((to, n) => planPodChange(pod, steps[n] ?? to, to, layout));
      const before = textsOf(touched);
      for (const [n, to] of steps.slice(1).entries()) {
        const writes = planPodChange(pod, steps[n] ?? to, to, layout);
        const warnings = applyCgroupWrites(writes);
        expectAllHeld(writes, warnings);
      }
      expect(textsOf(touched)).toEqual(before);
    });
  });

  test('a whole disk stands for its partitions and file systems, which test/unit cannot know', async () => {
    const { lookUpDevices } = await import('../../src/cgroup/look-up-devices.ts');
    const looked = (one: IoDeviceSpec['device']) =>
      lookUpDevices({ ioDevices: [{ device: one, weight: 5 }] }).ioDevices?.[0]?.device;
    expect(() => looked({ kind: 'path', path: '/dev/nope' })).toThrow('io device /dev/nope: ENOENT');
    expect(() => looked({ kind: 'path', path: '/dev/null' })).toThrow('io device /dev/null: it is no block device');
    expect(() => looked({ kind: 'mount', path: '/proc' })).toThrow(
      'io device /proc: a proc file system is on no disk of its own',
    );
    expect(() => looked({ kind: 'number', major: 4095, minor: 7 })).toThrow('the machine has no block device 4095:7');
    if (disk === undefined) return;
    expect(looked(device)).toEqual(number());
    for (const part of readdirSync(`/sys/block/${disk}`).filter((name) =>
      existsSync(`/sys/block/${disk}/${name}/partition`),
    )) {
      expect(looked({ kind: 'path', path: `/dev/${part}` })).toEqual(number());
    }
    const rootMajor = (statSync('/').dev >>> 8) & 0xfff;
    if (rootMajor !== 0) expect(looked({ kind: 'mount', path: '/' })).toMatchObject({ kind: 'number' });
  });
});
