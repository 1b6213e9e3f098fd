/** Side by side with Debian's lxcfs in one run, both asked about the same cgroup: what they say, and what is left of them after kill -9. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { appCgroup } from '../support/cgroup-counters.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { type Lxcfs, startLxcfs, whyNoLxcfs } from '../support/lxcfs.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { allPids, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const reason = whyNoLxcfs();
if (reason !== undefined) console.warn(`lxcfs is not compared with: ${reason}`);

describeReal('beside lxcfs', () => {
  describe.skipIf(reason !== undefined)('in one run', () => {
    let instance: Instance;
    let lxcfs: Lxcfs;
    let pod: PodObject;
    beforeAll(async () => {
      instance = await startInstance();
      // lxcfs goes by the reader's own cgroup, a program's leaf: both levels have the limits
      const resources = { limits: { memory: '64Mi', cpu: '500m' } };
      const sleeper = { name: 'sleeper', command: ['/usr/bin/sleep', '1000000'], resources };
      await instance.apply(aPod({ name: 'beside', containers: [aContainer({ resources, processes: [sleeper] })] }));
      pod = await instance.waitForPod('beside', 'runs', isRunning);
      lxcfs = await startLxcfs(instance.base);
    });
    afterAll(async () => {
      await lxcfs?.stop();
      await instance?.stop();
    });

    const leaf = (): string[] =>
      cgroupDirs(instance.mark().cgroupName ?? '')
        .map((dir) => join(dir, appCgroup(pod, 'main', 'sleeper')))
        .filter(isDirectory);
    const ours = async (file: string) => (await instance.exec('beside', ['cat', `/proc/${file}`])).output;
    const theirs = async (file: string) => lxcfs.run(leaf(), ['cat', join(lxcfs.proc, file)]);
    const kibibytes = (text: string, key: string) => Number(text.match(new RegExp(`^${key}: +(\\d+) kB$`, 'm'))?.[1]);

    test('memory is the same', async () => {
      const [our, their] = [await ours('meminfo'), await theirs('meminfo')];
      expect(kibibytes(our, 'MemTotal')).toBe(64 << 10);
      expect(kibibytes(their, 'MemTotal')).toBe(64 << 10);
      // the readers themselves take some
      for (const key of ['MemFree', 'MemAvailable', 'Cached'])
        expect(Math.abs(kibibytes(our, key) - kibibytes(their, key)), key).toBeLessThan(4 << 10);
      expect(kibibytes(our, 'SwapTotal')).toBe(kibibytes(their, 'SwapTotal'));
    });

    test('CPUs are the same', async () => {
      const count = (text: string, line: RegExp) => text.match(line)?.length;
      const [ourStat, theirStat] = [await ours('stat'), await theirs('stat')];
      expect(count(ourStat, /^cpu\d+ /gm)).toBe(1);
      expect(count(theirStat, /^cpu\d+ /gm)).toBe(1);
      const [ourInfo, theirInfo] = [await ours('cpuinfo'), await theirs('cpuinfo')];
      expect(count(ourInfo, /^processor\s*:/gm)).toBe(1);
      expect(count(theirInfo, /^processor\s*:/gm)).toBe(1);
    });

    test('kill -9 of podd is not noticed by who reads; kill -9 of lxcfs is all that its readers see', async () => {
      const reading = ['/payload', 'reread', '/proc/meminfo', '3000'];
      const reader = aContainer({ rootfs: { path: instance.payloadRoot() }, command: reading });
      await instance.apply(aPod({ name: 'reader', restartPolicy: 'Never', containers: [reader] }));
      const payload = join(instance.payloadRoot(), 'payload');
      const theirReader = lxcfs.run(leaf(), [payload, 'reread', join(lxcfs.proc, 'meminfo'), '3000']);
      await waitFor('ours reads', async () => (await instance.logs('reader')).includes('reading'));
      const theirFile = join(lxcfs.proc, 'meminfo');
      await waitFor('theirs reads', () =>
        allPids().some((pid) => {
          const [, mode, file] = (readProc(pid, 'cmdline') ?? '').split('\0');
          const readBytes = Number(/^rchar: (\d+)/.exec(readProc(pid, 'io') ?? '')?.[1]);
          return mode === 'reread' && file === theirFile && readBytes > 100_000;
        }),
      );
      process.kill(lxcfs.pid, 'SIGKILL');
      await instance.restartPodd();
      await instance.waitForPod('reader', 'has succeeded', ({ status }) => status.phase === 'Succeeded');
      expect(await instance.logs('reader')).toMatch(/reads [1-9]\d+ failed 0 errno 0/);
      // ENOTCONN: transport endpoint is not connected
      expect(await theirReader).toMatch(/reads [1-9]\d+ failed [1-9]\d+ errno 107/);
    });
  });
});

function isDirectory(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}
