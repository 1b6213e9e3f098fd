/** What memory, I/O and process limits do: real programs against the kernel's own counters, on whichever cgroup layout this machine has. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { appCgroup, readCgroupFile, readIoCounters, whyNoDisk } from '../support/cgroup-counters.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, lastExit, podPids } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

const isV2 = whyNoRealKernel() === undefined && readCgroupLayout().kind === 'v2';
const mebibyte = 1 << 20;

describeReal('what memory, I/O and process limits do', { concurrent: true }, () => {
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
    return running;
  };
  /** the first of these files that the cgroup of `main` has */
  const fileOf = (pod: PodObject, ...names: readonly string[]): string | undefined =>
    names.map((name) => readCgroupFile(dirs, appCgroup(pod), name)).find((text) => text !== undefined);

  const printed = (pod: string, text: string, container?: string) =>
    waitFor(`${pod} prints ${text}`, async () => (await instance.logs(pod, container)).includes(text), 30_000);

  describe('memory', () => {
    const eater = (name: string, command: readonly string[], resources: object, more: object = {}) =>
      aPod({ name, restartPolicy: 'Never', containers: [aContainer({ ...payload(...command), resources, ...more })] });
    const events = (pod: PodObject, key: string) =>
      Number(fileOf(pod, 'memory.events')?.match(new RegExp(`^${key} (\\d+)`, 'm'))?.[1] ?? Number.NaN);
    const used = (pod: PodObject) => Number(fileOf(pod, 'memory.current', 'memory.usage_in_bytes'));

    test.sequential('over memory.high it is held back and not killed; a higher one lets it go on', async ({ skip }) => {
      skip(!isV2, 'cgroup v1 has no memory.high');
      const high = (amount: string) => eater('high', ['eat', '96'], { memory: { high: amount } });
      const pod = await run(high('32Mi'), 'high');
      await waitFor('memory.high takes hold', () => events(pod, 'high') > 0);
      const highest = await highestOf(() => used(pod), 4_000);
      expect(highest).toBeGreaterThan(28 * mebibyte);
      expect(highest).toBeLessThan(44 * mebibyte);
      expect(events(pod, 'oom_kill')).toBe(0);
      expect(containerOf((await instance.getPod('high')) ?? pod).restartCount).toBe(0);
      await instance.apply(high('256Mi'));
      await printed('high', 'full 96');
      await instance.deletePod('high', 0);
    });

    test.sequential('an OOM kill takes the process that asks for too much, and leaves its parent', async () => {
      await run(eater('child', ['eat-in-child', '200'], { limits: { memory: '32Mi' } }), 'child');
      await printed('child', 'child ended by 9');
      expect(isRunning((await instance.getPod('child')) as PodObject)).toBe(true);
      await instance.deletePod('child', 0);
    });

    test.sequential('with oomGroup it takes all of them', async ({ skip }) => {
      skip(!isV2, 'cgroup v1 has no memory.oom.group');
      const resources = { limits: { memory: '32Mi' }, memory: { oomGroup: true } };
      await instance.apply(eater('group', ['eat-in-child', '200'], resources));
      const pod = await instance.waitForPod('group', 'has failed', ({ status }) => status.phase === 'Failed');
      expect(lastExit(containerOf(pod))).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
      expect(await instance.logs('group')).not.toContain('child ended');
      await instance.deletePod('group', 0);
    });

    test.sequential('a limit below what is in use: v1 keeps the old one and says so, v2 kills', async () => {
      const limited = (memory: string) => eater('shrunk', ['eat', '64'], { limits: { memory } });
      const pod = await run(limited('128Mi'), 'shrunk');
      await printed('shrunk', 'full 64');
      await instance.apply(limited('32Mi'));
      if (isV2) {
        const failed = await instance.waitForPod('shrunk', 'has failed', ({ status }) => status.phase === 'Failed');
        expect(lastExit(containerOf(failed))).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
      } else {
        await waitFor('the refusal is told', async () =>
          /memory\.\S*limit_in_bytes|EBUSY/.test(await instance.podctlOk(['events'])),
        );
        expect(fileOf(pod, 'memory.limit_in_bytes')).toBe(String(128 * mebibyte));
        expect(isRunning((await instance.getPod('shrunk')) as PodObject)).toBe(true);
      }
      await instance.deletePod('shrunk', 0);
    });
  });

  describe('I/O', () => {
    const disk = process.env.PODCTL_TEST_DISK;

    /** Where to write past the page cache: the machine's spare disk, else a file on the disk below the instance. */
    const place = () => {
      if (disk !== undefined)
        return { file: disk, second: disk, device: { device: disk }, container: { devices: [disk] } };
      const host = join(instance.base, 'io');
      mkdirSync(host, { recursive: true });
      return {
        file: '/io/file',
        second: '/io/second',
        device: { mount: host },
        container: { volumeMounts: [{ name: 'io', mountPath: '/io' }] },
      };
    };
    const rates = async (pod: PodObject, windowMs: number) => {
      const read = () => ({
        at: performance.now(),
        bytes: readIoCounters(dirs, appCgroup(pod, 'bytes', 'main'), 'Write').bytes,
        operations: readIoCounters(dirs, appCgroup(pod, 'operations', 'writer'), 'Write').operations,
      });
      const before = read();
      await delay(windowMs);
      const after = read();
      const seconds = (after.at - before.at) / 1e3;
      return {
        bytes: (after.bytes - before.bytes) / seconds,
        operations: (after.operations - before.operations) / seconds,
      };
    };

    test('of 1 MiB/s and 50 operations a second is that much, within 10 %, of a container and of a program', async ({
      skip,
    }) => {
      const reason = disk === undefined ? whyNoDisk(instance.base) : undefined;
      skip(reason !== undefined, reason);
      const { file, second, device, container } = place();
      const throttled = (limits: object) => ({ io: { weight: 200, devices: [{ ...device, ...limits }] } });
      const writer = {
        name: 'writer',
        command: ['/payload', 'direct', 'write', second, '4096', '4'],
        resources: throttled({ writeIops: 50 }),
      };
      const pod = await run(
        aPod({
          name: 'io',
          volumes: [{ name: 'io', hostPath: { path: join(instance.base, 'io'), type: 'DirectoryOrCreate' } }],
          containers: [
            aContainer({
              name: 'bytes',
              ...payload('direct', 'write', file, '65536', '4'),
              ...container,
              resources: throttled({ writeBps: '1Mi' }),
            }),
            aContainer({
              name: 'operations',
              rootfs: { path: instance.payloadRoot() },
              processes: [writer],
              ...container,
            }),
          ],
        }),
        'io',
      );
      await printed('io', 'direct', 'bytes');
      await printed('io', 'direct', 'operations');
      await delay(1_000);
      const measured = await rates(pod, 8_000);
      expect(measured.bytes / mebibyte).toBeGreaterThan(0.9);
      expect(measured.bytes / mebibyte).toBeLessThan(1.1);
      expect(measured.operations).toBeGreaterThan(45);
      expect(measured.operations).toBeLessThan(55);
      await instance.deletePod('io', 0);
    });
  });

  describe('a limit on processes', () => {
    test('stops a fork bomb, while exec and stop still answer', async () => {
      const resources = { limits: { pids: 20 } };
      await run(
        aPod({ name: 'bomb', containers: [aContainer({ ...payload('fork-bomb', '1000'), resources })] }),
        'bomb',
      );
      await printed('bomb', 'errno 11');
      expect(await instance.logs('bomb')).toMatch(/bomb 19 errno 11/);
      expect((await instance.exec('bomb', ['/payload', 'exit', '7'])).code).toBe(7);
      await instance.podctlOk(['stop', 'bomb']);
      const stopped = await instance.waitForPod(
        'bomb',
        'has stopped',
        (pod) => 'terminated' in containerOf(pod).state || 'waiting' in containerOf(pod).state,
      );
      expect(podPids(stopped)).toEqual([]);
      await instance.deletePod('bomb', 0);
    });
  });
});

/** The highest of what is read every 50 ms. */
async function highestOf(read: () => number, windowMs: number): Promise<number> {
  const until = performance.now() + windowMs;
  let highest = read();
  while (performance.now() < until) {
    await delay(50);
    highest = Math.max(highest, read());
  }
  return highest;
}
