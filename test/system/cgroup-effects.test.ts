/**
 * What CPU controls do: real programs against the kernel's own counters, on whichever cgroup layout this machine has. Groups of
 * tests run at the same time and share out the CPUs: the quota has 0, weights and bursts 1.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import {
  appCgroup,
  type CpuShare,
  favourCpu,
  measureCpu,
  readCgroupFile,
  readCpuCounters,
} from '../support/cgroup-counters.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, podPids, programPid } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

const isV2 = whyNoRealKernel() === undefined && readCgroupLayout().kind === 'v2';
/** As much of the CPU as a pod can ask for: what others on this machine do is to change as little as possible. */
const favoured = { cpu: { weight: 10_000 } };

describeReal('what CPU controls do', { concurrent: true }, () => {
  let instance: Instance;
  let dirs: readonly string[] = [];
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const payload = (...command: readonly string[]) => ({
    rootfs: { path: instance.payloadRoot() },
    command: ['/payload', ...command],
  });
  const run = async (pod: Record<string, unknown>, name: string): Promise<PodObject> => {
    await instance.apply(pod);
    const running = await instance.waitForPod(name, 'runs', isRunning);
    // made with the first pod, those of some controllers with the first that asks for them
    dirs = cgroupDirs(instance.mark().cgroupName ?? '');
    favourCpu(dirs);
    return running;
  };
  /** the first of these files that the cgroup of `main` has */
  const fileOf = (pod: PodObject, ...names: readonly string[]): string | undefined =>
    names.map((name) => readCgroupFile(dirs, appCgroup(pod), name)).find((text) => text !== undefined);

  const burning = (name: string, resources: object) => ({
    ...{ name, command: ['/payload', 'burn'], restart: { startSeconds: 0 }, resources },
  });

  describe('a CPU limit', () => {
    const busy = (cpu: string) =>
      aPod({
        ...{ name: 'busy', resources: favoured },
        containers: [aContainer({ ...payload('burn'), resources: { limits: { cpu }, cpu: { cpus: '0' } } })],
      });
    let pod: PodObject;

    /** Never more than the limit; less only counts where it was the limit that held it back, and not a machine without a CPU to give. */
    const measured = async (percent: number): Promise<number> => {
      const windows: CpuShare[] = [];
      while (windows.length < 3) {
        const [share] = await measureCpu(dirs, [appCgroup(pod)], 10_000);
        if (share === undefined) throw new Error('nothing measured');
        expect(share.percent).toBeLessThan(percent + 1);
        if (share.throttledShare > 0.9) return share.percent;
        windows.push(share);
      }
      throw new Error(`this machine never let it come to its limit: ${JSON.stringify(windows)}`);
    };

    test.sequential('of 200m is 20 % of a CPU, within one point over 10 s', async () => {
      pod = await run(busy('200m'), 'busy');
      await delay(500);
      expect(await measured(20)).toBeGreaterThan(19);
    });

    test.sequential('changed to 600m while it runs is 60 %', async () => {
      const pid = programPid(pod);
      await instance.apply(busy('600m'));
      await waitFor('the quota is written', () => fileOf(pod, 'cpu.max', 'cpu.cfs_quota_us')?.startsWith('60000'));
      expect(await measured(60)).toBeGreaterThan(59);
      expect(programPid(pod)).toBe(pid);
      await instance.deletePod('busy', 0);
    });
  });

  describe.skipIf(availableParallelism() < 2)('of one busy CPU', () => {
    const cpu1 = { cpus: '1' };
    const sharing = (second: object) =>
      aPod({
        ...{ name: 'sharing', resources: favoured },
        containers: [
          aContainer({ name: 'light', ...payload('burn'), resources: { cpu: { ...cpu1, weight: 100 } } }),
          aContainer({
            name: 'heavy',
            rootfs: { path: instance.payloadRoot() },
            processes: [burning('one', { cpu: { weight: 100 } }), burning('other', { cpu: second })],
            resources: { cpu: { ...cpu1, weight: 300 } },
          }),
        ],
      });
    let pod: PodObject;
    /** Percent of a CPU that each had, in a window in which there was one to share. */
    const shares = async (): Promise<readonly [light: number, one: number, other: number]> => {
      const groups = [appCgroup(pod, 'light'), appCgroup(pod, 'heavy', 'one'), appCgroup(pod, 'heavy', 'other')];
      for (let windows = 0; windows < 4; windows++) {
        const [light = 0, one = 0, other = 0] = (await measureCpu(dirs, groups, 4_000)).map(({ percent }) => percent);
        if (light + one + other > 50) return [light, one, other];
      }
      throw new Error('this machine has no CPU to share');
    };

    test.sequential('weights of 100 and 300 get one and three parts, of containers and of programs', async () => {
      pod = await run(sharing({ weight: 300 }), 'sharing');
      await delay(1_000);
      const [light, one, other] = await shares();
      expect((one + other) / light).toBeGreaterThan(3 * 0.95);
      expect((one + other) / light).toBeLessThan(3 * 1.05);
      expect(other / one).toBeGreaterThan(3 * 0.95);
      expect(other / one).toBeLessThan(3 * 1.05);
    });

    test.sequential('cpu.idle, set while it runs, leaves it to whoever else wants it', async () => {
      await instance.apply(sharing({ idle: true }));
      const idle = () => readCgroupFile(dirs, appCgroup(pod, 'heavy', 'other'), 'cpu.idle') === '1';
      await waitFor('cpu.idle is written', idle);
      await delay(500);
      const [light, one, other] = await shares();
      expect(other / one).toBeLessThan(0.05);
      expect(one).toBeGreaterThan(light);
      expect(containerOf((await instance.getPod('sharing')) ?? pod, 'heavy').restartCount).toBe(0);
      await instance.deletePod('sharing', 0);
    });

    test.sequential('a burst lets through in one go what the quota would cut off', async () => {
      const spiky = (burst: string) => {
        const resources = { limits: { cpu: '200m' }, cpu: { ...cpu1, burst } };
        return aPod({
          name: 'spiky',
          resources: favoured,
          // not in step with the periods of 100 ms: a spike that happens to lie in two of them would lie so again and again
          containers: [aContainer({ ...payload('spike', '30', '143'), resources })],
        });
      };
      pod = await run(spiky('0'), 'spiky');
      const window = async () => {
        const before = readCpuCounters(dirs, appCgroup(pod));
        await delay(5_000);
        const after = readCpuCounters(dirs, appCgroup(pod));
        return { throttled: after.throttled - before.throttled, bursts: after.bursts - before.bursts };
      };
      const without = await window();
      expect(without.bursts).toBe(0);
      expect(without.throttled).toBeGreaterThan(5);
      await instance.apply(spiky('20ms'));
      const isWritten = () => ['20000', '20000000'].includes(fileOf(pod, 'cpu.max.burst', 'cpu.cfs_burst_us') ?? '');
      await waitFor('the burst is written', isWritten);
      // where others want the CPU too, a spike may be stretched over periods for once: not window after window
      await waitFor('the burst lets spikes through', async () => {
        const withIt = await window();
        return withIt.bursts > 5 && withIt.throttled < without.throttled / 3;
      });
      await instance.deletePod('spiky', 0);
    });
  });

  describe.skipIf(availableParallelism() < 2)('a set of CPUs', () => {
    const pinned = (cpus: string) => {
      // enough to be seen on a CPU, and as much left for who tests
      const resources = { limits: { cpu: '200m' }, cpu: { cpus } };
      return aPod({
        name: 'pinned',
        resources: favoured,
        containers: [aContainer({ ...payload('burn', '2'), resources })],
      });
    };
    let pod: PodObject;
    const allowedCpus = () =>
      podPids(pod, 'main', 'app').map((pid) => readProc(pid, 'status')?.match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1]);
    /** CPUs that the programs were last on, proc(5) stat field 39 */
    const lastCpus = () =>
      podPids(pod, 'main', 'app').map((pid) => readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')[36]);
    /** nanoseconds on each CPU; v1 alone counts them apart */
    const perCpu = () => (fileOf(pod, 'cpuacct.usage_percpu') ?? '').split(' ').filter(Boolean).map(Number);

    const staysOn = async (cpu: number): Promise<void> => {
      await waitFor(`both run on CPU ${cpu}`, () => lastCpus().every((last) => last === String(cpu)));
      const before = perCpu();
      const seen = new Set<string | undefined>();
      for (let looks = 0; looks < 50; looks++) {
        await delay(20);
        for (const last of lastCpus()) seen.add(last);
      }
      expect([...seen]).toEqual([String(cpu)]);
      const grown = perCpu().flatMap((used, index) => (used > (before[index] ?? 0) ? [index] : []));
      expect(grown).toEqual(isV2 ? [] : [cpu]);
    };

    test.sequential('is all that a program and its children run on', async () => {
      pod = await run(pinned('0'), 'pinned');
      await waitFor('both processes are there', () => podPids(pod, 'main', 'app').length === 2);
      expect(allowedCpus()).toEqual(['0', '0']);
      await staysOn(0);
    });

    test.sequential('moves them while they run', async () => {
      const pids = podPids(pod, 'main', 'app').sort();
      await instance.apply(pinned('1'));
      await waitFor('both are allowed on CPU 1', () => allowedCpus().every((list) => list === '1'));
      await staysOn(1);
      expect(podPids(pod, 'main', 'app').sort()).toEqual(pids);
      await instance.deletePod('pinned', 0);
    });
  });
});
