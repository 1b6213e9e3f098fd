/** Limits of a whole pod, and controllers that only some containers need, with programs that run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isRunning, programPid } from '../support/pods.ts';

const disk = readdirSync('/sys/block').find((name) => /^(vd|sd|nvme|xvd)/.test(name) && existsSync(`/dev/${name}`));

describeReal('resources of a pod', () => {
  let instance: Instance;
  let isV2 = false;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const start = async (pod: Record<string, unknown> & { readonly name: string }) => {
    await instance.apply(aPod(pod));
    const started = await instance.waitForPod(pod.name, 'runs', isRunning);
    isV2 = (await instance.system()).cgroupLayout === 'v2';
    return started;
  };

  /** What the file of that name says in any hierarchy; `v1` and `v2` may be called differently. */
  const read = (uid: string, directory: string, v1: string, v2 = v1): string => {
    const name = isV2 ? v2 : v1;
    const dir = cgroupDirs(instance.mark().cgroupName ?? '').find((parent) =>
      existsSync(`${parent}/${uid}/${directory}/${name}`),
    );
    if (dir === undefined) throw new Error(`${name} is nowhere in ${uid}/${directory}`);
    return readFileSync(`${dir}/${uid}/${directory}/${name}`, 'utf8').trim();
  };
  const quota = (uid: string, directory: string) =>
    read(uid, directory, 'cpu.cfs_quota_us', 'cpu.max').replace(/ .*/, '').replace('-1', 'max');
  const memory = (uid: string, directory: string) =>
    read(uid, directory, 'memory.limit_in_bytes', 'memory.max').replace(/^9223372036854771712$/, 'max');

  test('stand on its own cgroup and change there while its programs run on', async () => {
    const containers = [aContainer({ resources: { limits: { cpu: '800m' } } })];
    const pod = (limits: Record<string, unknown>) => ({ name: 'whole', resources: { limits }, containers });
    const before = await start(pod({ cpu: '1', memory: '128Mi', pids: 300 }));
    const { uid } = before.metadata;
    expect([quota(uid, '.'), memory(uid, '.'), read(uid, '.', 'pids.max')]).toEqual([
      '100000',
      String(128 << 20),
      '300',
    ]);
    expect(quota(uid, 'main/app')).toBe('80000');
    await instance.apply(aPod(pod({ cpu: '500m', memory: '64Mi' })));
    await expect.poll(() => quota(uid, '.'), { timeout: 30_000 }).toBe('50000');
    expect([memory(uid, '.'), read(uid, '.', 'pids.max')]).toEqual([String(64 << 20), 'max']);
    // v1 lets no child have more than its parent
    expect(quota(uid, 'main/app')).toBe(isV2 ? '80000' : '50000');
    await instance.restartPodd();
    await instance.apply(aPod({ name: 'whole', containers }));
    await expect.poll(() => quota(uid, '.'), { timeout: 30_000 }).toBe('max');
    expect([memory(uid, '.'), quota(uid, 'main/app')]).toEqual(['max', '80000']);
    expect(programPid((await instance.getPod('whole')) ?? before)).toBe(programPid(before));
  });

  test('keep every container and program of the pod on its CPUs, those that come later too', async () => {
    const processes = [aProgram('one', { resources: { cpu: { cpus: '0' } } }), aProgram('two')];
    const pod = (cpus: string | undefined, more: readonly Record<string, unknown>[] = []) => ({
      name: 'pinned',
      ...(cpus === undefined ? {} : { resources: { cpu: { cpus } } }),
      containers: [aContainer({ processes: [...processes, ...more] })],
    });
    const { uid } = (await start(pod('0'))).metadata;
    const all = () =>
      ['.', 'main', 'main/app', 'main/app/one', 'main/app/two'].map((at) =>
        read(uid, at, 'cpuset.cpus', 'cpuset.cpus.effective'),
      );
    expect(new Set(all())).toEqual(new Set(['0']));
    await instance.apply(aPod(pod('0', [aProgram('three')])));
    await expect
      .poll(() => existsSync(`${cgroupDirs(instance.mark().cgroupName ?? '')[0]}/${uid}/main/app/three`), {
        timeout: 30_000,
      })
      .toBe(true);
    expect(read(uid, 'main/app/three', 'cpuset.cpus', 'cpuset.cpus.effective')).toBe('0');
    await instance.apply(aPod(pod(undefined, [aProgram('three')])));
    await expect.poll(() => all()[1], { timeout: 30_000 }).not.toBe('0');
    const machine = all()[0];
    expect(all()).toEqual([machine, machine, machine, '0', machine]);
    expect(read(uid, 'main/app/three', 'cpuset.cpus', 'cpuset.cpus.effective')).toBe(machine);
  });

  test('protect a program’s memory in every cgroup above it', async () => {
    const pod = (low: string) => ({
      name: 'kept',
      containers: [aContainer({ processes: [aProgram('db', { resources: { memory: { low } } })] })],
    });
    const { uid } = (await start(pod('8Mi'))).metadata;
    const low = (at: string) => Number(read(uid, at, 'memory.soft_limit_in_bytes', 'memory.low')) >> 20;
    expect(low('main/app/db')).toBe(8);
    // a v1 soft limit needs none above it
    const above = isV2 ? ['main/app', 'main', '.', '..'] : [];
    expect(above.map(low)).toEqual(above.map(() => 8));
    await instance.apply(aPod(pod('4Mi')));
    await expect
      .poll(() => ['main/app/db', ...above].map(low), { timeout: 30_000 })
      .toEqual(['', ...above].map(() => 4));
    await instance.deletePod('kept', 0);
  });

  test.skipIf(disk === undefined)('are held by controllers that other containers do without', async () => {
    const io = (readBps: string) => ({ io: { devices: [{ device: `/dev/${disk}`, readBps }] } });
    const huge = { limits: { memory: '64Mi', 'hugepages-2Mi': '4Mi' } };
    const pod = (rate: string) => ({
      name: 'extra',
      containers: [
        aContainer({ name: 'io', processes: [aProgram('web', { resources: io(rate) })], resources: io('2Mi') }),
        aContainer({ name: 'huge', resources: huge }),
        aContainer({ name: 'plain' }),
      ],
    });
    const { uid } = (await start(pod('1Mi'))).metadata;
    const number = readFileSync(`/sys/block/${disk}/dev`, 'utf8').trim();
    const rate = (at: string) =>
      read(uid, at, 'blkio.throttle.read_bps_device', 'io.max')
        .replace(/ wbps.*/, '')
        .replace('rbps=', '');
    expect([rate('io/app'), rate('io/app/web')]).toEqual([`${number} 2097152`, `${number} 1048576`]);
    await instance.apply(aPod(pod('512Ki')));
    await expect.poll(() => rate('io/app/web'), { timeout: 30_000 }).toBe(`${number} 524288`);
    const hugetlb = () => read(uid, 'huge/app', 'hugetlb.2MB.max');
    if (existsSync('/sys/kernel/mm/hugepages/hugepages-2048kB')) expect(hugetlb()).toBe(String(4 << 20));
    const inPlain = cgroupDirs(instance.mark().cgroupName ?? '').filter((dir) => existsSync(`${dir}/${uid}/plain`));
    const inAny = cgroupDirs(instance.mark().cgroupName ?? '');
    if (!isV2) expect(inPlain.length).toBeLessThan(inAny.length);
  });

  test('are refused by name where this machine cannot hold them', async () => {
    const containers = [aContainer({ resources: { memory: { high: '32Mi', swappiness: 10 } } })];
    const { exitCode, stderr } = await instance.podctl(['apply', '-f', '-'], {
      stdin: JSON.stringify(aPod({ name: 'no', containers })),
    });
    if (isV2) {
      expect(stderr).toContain(
        'spec.containers[0].resources.memory.swappiness: cgroup v2 has no memory.swappiness: ignored',
      );
      return expect(exitCode).toBe(0);
    }
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('spec.containers[0].resources.memory.high: cgroup v1 has no memory.high');
    expect(await instance.getPod('no')).toBeUndefined();
    const bad = [aContainer({ resources: { io: { devices: [{ device: '/dev/nope', readBps: 5 }] } } })];
    const refused = await instance.podctl(['apply', '-f', '-'], {
      stdin: JSON.stringify(aPod({ name: 'no', containers: bad })),
    });
    expect(refused.stderr).toContain('spec.containers[0].resources.io.devices[0]: io device /dev/nope: ENOENT');
  });
});
