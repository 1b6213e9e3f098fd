/** `podctl set resources`: limits of what runs, changed in the kernel's own files while it runs. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isRunning, programPid } from '../support/pods.ts';

describeReal('set resources', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const start = async (pod: Record<string, unknown> & { readonly name: string }) => {
    await instance.apply(aPod(pod));
    return await instance.waitForPod(pod.name, 'runs', isRunning);
  };

  /** The first of these files below the pod's cgroup, in whichever hierarchy has it. */
  const read = (uid: string, directory: string, ...files: readonly string[]): string => {
    const dirs = cgroupDirs(instance.mark().cgroupName ?? '').map((dir) => `${dir}/${uid}/${directory}`);
    for (const path of dirs.flatMap((dir) => files.map((file) => `${dir}/${file}`))) {
      try {
        return readFileSync(path, 'utf8').trim();
      } catch {
        // of another hierarchy or layout
      }
    }
    throw new Error(`none of ${files.join(', ')} in ${dirs.join(', ')}`);
  };
  const memoryOf = (uid: string) => read(uid, 'main/app', 'memory.max', 'memory.limit_in_bytes');
  const quotaOf = (uid: string, directory: string) =>
    read(uid, directory, 'cpu.max', 'cpu.cfs_quota_us').replace(/ .*/, '');

  test('limits of a container stand in the kernel’s files when the command answers, and its program runs on', async () => {
    const before = await start({ name: 'web' });
    const { uid } = before.metadata;
    const set = ['set', 'resources', 'web/main', '--cpu', '500m', '--memory', '64Mi', '--pids', '77'];
    const told = await instance.podctlOk(set);
    expect(told).toContain('pod/web configured (in place)\n  + spec.containers[main].resources: ');
    expect(told).toContain('in place: cgroup files are written while it runs');
    expect([memoryOf(uid), quotaOf(uid, 'main/app'), read(uid, 'main/app', 'pids.max')]).toEqual([
      String(64 << 20),
      '50000',
      '77',
    ]);
    expect(programPid((await instance.getPod('web')) ?? before)).toBe(programPid(before));
    expect(await instance.podctlOk(set)).toBe('pod/web unchanged');
    await instance.podctlOk(['set', 'resources', 'web/main', '--remove', 'limits.cpu']);
    expect(['-1', 'max']).toContain(quotaOf(uid, 'main/app'));
    expect(memoryOf(uid)).toBe(String(64 << 20));
  });

  test('a dry run says it and changes nothing', async () => {
    const { uid } = (await start({ name: 'dry' })).metadata;
    const before = memoryOf(uid);
    const told = await instance.podctlOk(['set', 'resources', 'dry/main', '--memory', '64Mi', '--dry-run']);
    expect(told).toContain('pod/dry configured (in place) (dry run)');
    expect(memoryOf(uid)).toBe(before);
    expect((await instance.getPod('dry'))?.metadata.generation).toBe(1);
  });

  test('a program has its own', async () => {
    const containers = [aContainer({ processes: [aProgram('busy'), aProgram('idle')] })];
    const { uid } = (await start({ name: 'many', containers })).metadata;
    const told = await instance.podctlOk(['set', 'resources', 'many/main/busy', '--cpu', '250m']);
    expect(told).toContain('spec.containers[main].processes[busy].resources');
    expect(quotaOf(uid, 'main/app/busy')).toBe('25000');
    expect(['-1', 'max']).toContain(quotaOf(uid, 'main/app/idle'));
  });

  test('on v1 what counts from the next start on is said so', async () => {
    if ((await instance.system()).cgroupLayout === 'v2') return;
    await start({ name: 'late' });
    const set = await instance.podctl(['set', 'resources', 'late/main', '--io-weight', '200']);
    expect(set).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('pod/late configured (in place)') });
    expect(set.stderr).toContain('Warning: pod/late: ');
    expect(set.stderr).toContain('from the next start of container main on');
  });

  test('what no manifest may say is refused, and nothing changes', async () => {
    const { uid } = (await start({ name: 'strict' })).metadata;
    const refused = await instance.podctl(['set', 'resources', 'strict/main', '--cpu', '5', '--set', 'cpus=1']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('resources.cpus: Forbidden: may not be given together with limits.cpu');
    expect(['-1', 'max']).toContain(quotaOf(uid, 'main/app'));
  });

  test('a pod of Kubernetes’ takes Kubernetes’ words only', async () => {
    const manifest = { ...aPod({ name: 'plain' }), apiVersion: 'v1' };
    await instance.apply(manifest);
    const { uid } = (await instance.waitForPod('plain', 'runs', isRunning)).metadata;
    const refused = await instance.podctl(['set', 'resources', 'plain/main', '--cpu-weight', '5']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('use apiVersion: podctl.dev/v1') });
    await instance.podctlOk(['set', 'resources', 'pod/plain', '-c', 'main', '--limits=cpu=500m']);
    expect(quotaOf(uid, 'main/app')).toBe('50000');
  });

  test('a limit below what is in use: v1 refuses it and the old one holds, v2 takes it and ends the program', async () => {
    const eater = aContainer({
      rootfs: { path: instance.payloadRoot() },
      command: ['/payload', 'eat', '40'],
      resources: { limits: { memory: '64Mi' } },
    });
    const pod = await start({ name: 'full', containers: [eater] });
    await expect.poll(() => instance.logs('full'), { timeout: 20_000 }).toContain('full 40');
    const isV2 = (await instance.system()).cgroupLayout === 'v2';
    const set = await instance.podctl(['set', 'resources', 'full/main', '--memory', '16Mi', '--cpu', '500m']);
    expect(quotaOf(pod.metadata.uid, 'main/app')).toBe('50000');
    if (isV2) {
      expect(set.exitCode).toBe(0);
      await instance.waitForPod(
        'full',
        'was killed',
        ({ status }) => (status.containerStatuses[0]?.restartCount ?? 0) > 0,
      );
      return;
    }
    expect(set.exitCode).toBe(1);
    expect(set.stderr).toContain('the kernel refused it, the old value holds and podd tries again');
    expect(set.stderr).toContain('EBUSY');
    expect(set.stderr).toContain('choose a higher limit or restart the container');
    expect(memoryOf(pod.metadata.uid)).toBe(String(64 << 20));
    await instance.podctlOk(['set', 'resources', 'full/main', '--memory', '64Mi', '--remove', 'limits.cpu']);
    expect(quotaOf(pod.metadata.uid, 'main/app')).toBe('-1');
    expect(await instance.podctlOk(['set', 'resources', 'full/main', '--memory', '48Mi'])).toContain('configured');
    expect(memoryOf(pod.metadata.uid)).toBe(String(48 << 20));
    expect(programPid((await instance.getPod('full')) ?? pod)).toBe(programPid(pod));
  });
});
