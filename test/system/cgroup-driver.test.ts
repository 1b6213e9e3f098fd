/** The cgroup driver alone on the real kernel: no daemon, only processes that the test puts into the groups. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  applyCgroupWrites,
  cgroupProcesses,
  createContainerCgroups,
  killCgroup,
  readOomKills,
  removeCgroup,
  removeParentIfEmpty,
} from '../../src/cgroup/driver.ts';
import { cgroupDirs, containerCgroup } from '../../src/cgroup/paths.ts';
import { type PodCgroups, planCgroup, planPodCgroup, planPodChange } from '../../src/cgroup/plan.ts';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import { type CgroupLayout, type CgroupWrite, cgroupJoinFile } from '../../src/model/cgroup.ts';
import type { ResourceSpec } from '../../src/model/resource-spec.ts';
import { payloadBinary } from '../support/payload.ts';
import { waitFor } from '../support/wait-for.ts';

/** Not `describeReal`: this needs root and cgroups, but not the build. */
function probe(): { layout: CgroupLayout; reason?: string } {
  const nothing: CgroupLayout = { kind: 'v2', v1: {}, v2Controllers: [] };
  if (process.getuid?.() !== 0) return { layout: nothing, reason: 'needs root' };
  try {
    return { layout: readCgroupLayout() };
  } catch (error) {
    return { layout: nothing, reason: String(error) };
  }
}

const { layout, reason } = probe();
if (reason !== undefined) console.warn(`the cgroup driver is not tested: ${reason}`);

describe.skipIf(reason !== undefined)('cgroup driver', () => {
  const parent = `podctl-test-${process.pid}`;
  const relative = containerCgroup(parent, 'uid', 'web');
  const mib = 2 ** 20;
  const limited: ResourceSpec = {
    cpuLimitMillis: 200,
    cpuRequestMillis: 100,
    memoryLimitBytes: 64 * mib,
    memoryRequestBytes: 32 * mib,
    pidsLimit: 64,
  };
  const podLimits: ResourceSpec = { cpuRequestMillis: 100 };
  const children: ChildProcess[] = [];

  const create = (resources: ResourceSpec = limited) =>
    createContainerCgroups(layout, parent, 'uid', 'web', ['main', '_exec'], resources, { pod: { wanted: podLimits } });

  const have = (resources: ResourceSpec): PodCgroups => ({
    resources: podLimits,
    containers: new Map([[relative, { resources, leaves: new Map([['main', {}]]) }]]),
  });

  /** Enters the leaf as podinit's children do, by a write of its own, then becomes the payload. */
  const startIn = async (dirs: readonly string[], ...args: string[]): Promise<ChildProcess> => {
    const joins = dirs.map((dir) => `echo 0 >${join(dir, cgroupJoinFile(layout.kind))}`);
    const child = spawn('/bin/sh', ['-c', `${joins.join(' && ')} && exec "$@"`, 'sh', payloadBinary(), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout ?? child, 'data');
    return child;
  };

  const expectFiles = (writes: readonly CgroupWrite[]) => {
    for (const { file, value } of writes) {
      if (!/devices\.(allow|deny)$/.test(file) && existsSync(file)) {
        expect(readFileSync(file, 'utf8').trim(), file).toBe(value);
      }
    }
  };

  afterEach(async () => {
    await killCgroup(layout, parent);
    for (const child of children.splice(0))
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await removeCgroup(layout, `${parent}/uid`);
    expect(removeParentIfEmpty(layout, parent)).toBe(true);
    expect(cgroupDirs(layout, parent).filter((dir) => existsSync(dir))).toEqual([]);
  });

  test('makes all directories and the files read what was planned', () => {
    const { app, init, leaves, warnings } = create();
    for (const dir of [...app, ...init, ...Object.values(leaves).flat()]) expect(existsSync(dir), dir).toBe(true);
    expect(warnings).toEqual([]);
    expectFiles([...planCgroup(relative, limited, layout), ...planPodCgroup(`${parent}/uid`, podLimits, layout)]);
  });

  test.skipIf(layout.v1.devices === undefined)('hands the device rules down to programs', () => {
    create();
    const list = readFileSync(join(layout.v1.devices ?? '', relative, 'app/main/devices.list'), 'utf8');
    expect(list.trim().split('\n').sort()).toEqual(
      ['b *:* m', 'c *:* m', 'c 136:* rwm', 'c 1:3 rwm', 'c 1:5 rwm', 'c 1:7 rwm', 'c 1:8 rwm', 'c 1:9 rwm']
        .concat(['c 5:0 rwm', 'c 5:1 rwm', 'c 5:2 rwm'])
        .sort(),
    );
  });

  test('changes limits in place, in both directions and away', () => {
    create();
    const steps: ResourceSpec[] = [
      { ...limited, memoryLimitBytes: 128 * mib, cpuLimitMillis: 1_500 },
      { ...limited, memoryLimitBytes: 16 * mib, cpuLimitMillis: 1 },
      {},
      limited,
    ];
    let before = limited;
    for (const after of steps) {
      const writes = planPodChange(`${parent}/uid`, have(before), have(after), layout);
      expect(applyCgroupWrites(writes)).toEqual([]);
      expectFiles(writes);
      expectFiles(planCgroup(relative, after, layout));
      before = after;
    }
  });

  test('names file and value of a refused limit', () => {
    const { app } = create();
    const file = join(app[0] ?? '', 'no.such.file');
    expect(() => applyCgroupWrites([{ file, value: '7' }])).toThrow(`write 7 to ${file}`);
    expect(applyCgroupWrites([{ file, value: '7', wish: true }])).toEqual([`write 7 to ${file}: ENOENT`]);
  });

  test('starts afresh over empty directories and refuses living ones', async () => {
    create();
    const { leaves } = create();
    await startIn(leaves.main ?? [], 'ignore-term');
    expect(() => create()).toThrow(/processes \d+ live in it/);
    expect(leaves._exec?.every((dir) => existsSync(dir))).toBe(true);
  });

  test('sees and kills a tree whose members each left their session', async () => {
    const { leaves } = create();
    const child = await startIn(leaves.main ?? [], 'setsid-tree', '8');
    expect(cgroupProcesses(layout, relative)).toContain(child.pid);
    expect(cgroupProcesses(layout, relative)).toHaveLength(9);
    await killCgroup(layout, relative);
    expect(cgroupProcesses(layout, relative)).toEqual([]);
  });

  test('kills what keeps forking', async () => {
    const { leaves } = create({ pidsLimit: 40 });
    const joins = (leaves.main ?? []).map((dir) => `echo 0 >${join(dir, cgroupJoinFile(layout.kind))}`);
    const storm = 'while :; do (setsid sh -c "sleep 0.02; sleep 0.02" &) ; done';
    children.push(
      spawn('/bin/sh', ['-c', `${joins.join(' && ')}; (setsid sh -c '${storm}' &); ${storm}`], { stdio: 'ignore' }),
    );
    await waitFor('the storm rages', () => cgroupProcesses(layout, relative).length > 20);
    await killCgroup(layout, relative);
    expect(cgroupProcesses(layout, relative)).toEqual([]);
  });

  test('counts OOM kills of programs below app', async () => {
    const { leaves } = create({ memoryLimitBytes: 32 * mib });
    expect(readOomKills(layout, relative)).toBe(0);
    const child = await startIn(leaves.main ?? [], 'eat', '64');
    if (child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    expect(readOomKills(layout, relative)).toBe(1);
  });

  test('removes nothing that lives, and says who does', async () => {
    const { leaves } = create();
    const child = await startIn(leaves.main ?? [], 'ignore-term');
    await expect(removeCgroup(layout, relative)).rejects.toThrow(`processes ${child.pid} live in it`);
  });

  test('takes what is not there as killed and removed', async () => {
    await killCgroup(layout, `${parent}/nothing`);
    await removeCgroup(layout, `${parent}/nothing`);
    expect(cgroupProcesses(layout, `${parent}/nothing`)).toEqual([]);
    expect(readOomKills(layout, `${parent}/nothing`)).toBe(0);
  });

  test('removes groups that a program made below its own', async () => {
    const { leaves } = create();
    for (const dir of leaves.main ?? []) mkdirSync(join(dir, 'deep/deeper'), { recursive: true });
    mkdirSync(join((leaves.main ?? []).at(-1) ?? '', 'only-here'));
    await removeCgroup(layout, relative);
    expect(cgroupDirs(layout, relative).filter((dir) => existsSync(dir))).toEqual([]);
  });

  test.skipIf(layout.v1.freezer === undefined)('kills what a paused leaf holds frozen', async () => {
    const { leaves } = create();
    await startIn(leaves.main ?? [], 'ignore-term');
    const frozen = join(layout.v1.freezer ?? '', relative, 'app/main/freezer.state');
    writeFileSync(frozen, 'FROZEN');
    await expect(killCgroup(layout, relative)).resolves.toBeUndefined();
  });
});
