/** What deletion leaves: nothing, whatever the programs do about it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning, podPids, programPid } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { slowFactor } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('delete', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const started = async (name: string, command: readonly string[], grace = 1) => {
    const containers = [aContainer({ rootfs: { path: instance.payloadRoot() }, command })];
    await instance.apply(aPod({ name, terminationGracePeriodSeconds: grace, containers }));
    return instance.waitForPod(name, 'runs', isRunning);
  };

  const timed = async (act: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    await act();
    return performance.now() - from;
  };

  test('a program that obeys TERM ends at once and leaves no process, cgroup or log', async () => {
    const pod = await started('obeys', ['/payload', 'sleep'], 30);
    const ms = await timed(() => instance.deletePod('obeys'));
    expect(ms).toBeLessThan(25_000 * slowFactor);
    expect(await instance.getPod('obeys')).toBeUndefined();
    expect(podPids(pod)).toEqual([]);
    const parents = cgroupDirs(instance.mark().cgroupName ?? '');
    expect(parents.filter((dir) => existsSync(join(dir, pod.metadata.uid)))).toEqual([]);
    expect(readdirSync(join(instance.base, 'root', 'logs')).filter((name) => name.includes('obeys'))).toEqual([]);
  });

  test('a program that ignores TERM is killed after the grace', async () => {
    const pod = await started('stubborn', ['/payload', 'ignore-term'], 1);
    await waitFor('it ignores TERM', () => ignoresTerm(programPid(pod)));
    const ms = await timed(() => instance.deletePod('stubborn'));
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(20_000 * slowFactor);
    expect(podPids(pod)).toEqual([]);
  });

  test('--grace-period shortens the manifest’s grace, also for a deletion under way', async () => {
    const pod = await started('hurried', ['/payload', 'ignore-term'], 600);
    await instance.podctlOk(['delete', 'pod', 'hurried', '--wait=false']);
    expect((await instance.getPod('hurried'))?.metadata.deletionTimestamp).toBeDefined();
    await instance.podctlOk(['delete', 'pod', 'hurried', '--grace-period', '0', '--wait']);
    expect(podPids(pod)).toEqual([]);
  });

  test('a tree of sessions that ignore TERM is killed with it', async () => {
    const pod = await started('tree', ['/payload', 'setsid-tree', '8']);
    await expect.poll(() => instance.logs('tree')).toContain('tree 8');
    expect(podPids(pod, 'main', 'app').length).toBe(9);
    await instance.deletePod('tree');
    expect(podPids(pod)).toEqual([]);
  });

  test('what catches TERM may finish its work within the grace', async () => {
    const script =
      'trap "echo finishing; sleep 0.3; echo finished; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const containers = [aContainer({ command: ['sh', '-c', script] })];
    await instance.apply(aPod({ name: 'worker', terminationGracePeriodSeconds: 20, containers }));
    await expect.poll(() => instance.logs('worker')).toContain('up');
    const follower = instance.api('GET', '/api/v1/namespaces/default/pods/worker/log?container=main&follow=1');
    await instance.deletePod('worker');
    expect((await follower).body).toContain('finished');
  });

  test('delete by selector, by file and of everything', async () => {
    const names = ['one', 'two', 'three', 'four'];
    await instance.apply(...names.map((name, i) => aPod({ name, labels: { half: i < 2 ? 'first' : 'second' } })));
    await instance.podctlOk(['delete', 'pods', '-l', 'half=first', '--wait']);
    expect(await instance.getPod('one')).toBeUndefined();
    expect(await instance.getPod('three')).toBeDefined();
    await instance.podctlOk(['delete', 'pods', '--all', '--wait']);
    expect((await instance.api('GET', '/api/v1/pods')).body.items).toEqual([]);
  });

  test('deleting what does not exist says so', async () => {
    const { exitCode, stderr } = await instance.podctl(['delete', 'pod', 'nobody']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/not found/i);
  });
});

/** SIGTERM is bit 14 of SigIgn, proc(5). */
const ignoresTerm = (pid: number): boolean =>
  (Number.parseInt(/^SigIgn:\s+([0-9a-f]+)$/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? '0', 16) & 0x4000) !== 0;
