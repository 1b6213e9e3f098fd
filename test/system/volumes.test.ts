/** Volumes on the real kernel: what containers see of the machine and of each other, and what they cannot reach through them. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, programPid, waitingReason } from '../support/pods.ts';

describeReal('volumes', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** A directory of the machine with one file. */
  const hostDirectory = (name: string): string => {
    const path = join(instance.base, 'host', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), `of ${name}`);
    return path;
  };
  const hostPath = (path: string, type?: string) => ({ hostPath: { path, ...(type === undefined ? {} : { type }) } });
  const applied = (name: string, volume: object, mount: object = {}, container: object = {}) =>
    instance.apply(
      aPod({
        name,
        volumes: [{ name: 'data', ...volume }],
        containers: [aContainer({ volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }], ...container })],
      }),
    );
  const running = async (...args: Parameters<typeof applied>): Promise<void> => {
    await applied(...args);
    await instance.waitForPod(args[0], 'runs', isRunning);
  };
  const waitingMessage = async (name: string): Promise<string> => {
    const pod = await instance.waitForPod(
      name,
      'waits',
      (seen) => waitingReason(containerOf(seen)) === 'ContainerCreating' && waitingMessageOf(seen) !== '',
    );
    return waitingMessageOf(pod);
  };
  const waitingMessageOf = (pod: PodObject): string => {
    const { state } = containerOf(pod);
    return 'waiting' in state ? (state.waiting.message ?? '') : '';
  };
  const inside = async (name: string, script: string, container?: string): Promise<string> =>
    (await instance.exec(name, ['sh', '-c', `${script} 2>&1`], container)).output;

  describe('hostPath', () => {
    test('is the machine’s own directory, both ways', async () => {
      const path = hostDirectory('both');
      await running('both', hostPath(path));
      expect(await inside('both', 'cat /data/file; echo new > /data/made')).toBe('of both');
      expect(readFileSync(join(path, 'made'), 'utf8')).toBe('new\n');
      writeFileSync(join(path, 'late'), 'seen at once');
      expect(await inside('both', 'cat /data/late')).toBe('seen at once');
    });

    test('read-only, with what is mounted below it too', async () => {
      const path = hostDirectory('ro');
      await running('ro', hostPath(path), { readOnly: true });
      expect(await inside('ro', 'cat /data/file; touch /data/new')).toMatch(/of ro.*Read-only file system/s);
      expect(readdirSync(path)).toEqual(['file']);
    });

    test('a single file, also over one that is there', async () => {
      const path = hostDirectory('single');
      await running('single', hostPath(join(path, 'file'), 'File'), { mountPath: '/etc/nsswitch.conf' });
      expect(await inside('single', 'cat /etc/nsswitch.conf')).toBe('of single');
    });

    test('a part of it', async () => {
      const path = hostDirectory('part');
      mkdirSync(join(path, 'lib/deep'), { recursive: true });
      writeFileSync(join(path, 'lib/deep/x'), 'deep');
      await running('part', hostPath(path), { subPath: 'lib/deep' });
      expect(await inside('part', 'ls /data; cat /data/x')).toBe('x\ndeep');
    });

    test('works over a rootfs that is read-only', async () => {
      const path = hostDirectory('rootfs');
      await running(
        'rootfs',
        hostPath(path),
        { mountPath: '/a/b/c' },
        {
          image: undefined,
          rootfs: { path: instance.payloadRoot() },
          command: ['/payload', 'sleep'],
          securityContext: { readOnlyRootFilesystem: true },
        },
      );
      const pod = await instance.waitForPod('rootfs', 'runs', isRunning);
      const mounts = readFileSync(`/proc/${programPid(pod)}/mountinfo`, 'utf8').split('\n');
      expect(mounts.filter((line) => line.includes(' /a/b/c '))).toEqual([expect.stringContaining(' rw,')]);
      expect(mounts.filter((line) => line.includes(' / / '))).toEqual([expect.stringContaining(' ro,')]);
    });

    test('types make what is missing', async () => {
      const base = join(instance.base, 'host/made');
      await running('made', hostPath(join(base, 'a/b'), 'DirectoryOrCreate'));
      expect(statSync(join(base, 'a/b')).mode & 0o7777).toBe(0o755);
      await running('made-file', hostPath(join(base, 'file'), 'FileOrCreate'));
      expect(await inside('made-file', 'echo x > /data')).toBe('');
      expect(readFileSync(join(base, 'file'), 'utf8')).toBe('x\n');
      expect(statSync(join(base, 'file')).mode & 0o7777).toBe(0o644);
    });

    test('a device and a socket', async () => {
      await running('device', hostPath('/dev/null', 'CharDevice'), { mountPath: '/dev/mine' });
      expect(await inside('device', 'echo x > /dev/mine; stat -c %F /dev/mine')).toBe('character special file');
      await running('socket', hostPath(instance.socket, 'Socket'), { mountPath: '/run/podctl.sock' });
      expect(await inside('socket', 'stat -c %F /run/podctl.sock')).toBe('socket');
    });

    test.each([
      ['nothing', '', /for volume "data" : hostPath \S+: no such file or directory \(type: DirectoryOrCreate/],
      ['nothing', 'Directory', /hostPath type check failed: \S+ is not a directory/],
      ['nothing', 'BlockDevice', /is not a block device/],
      ['file', 'Directory', /is not a directory/],
      ['', 'File', /is not a file/],
      ['file', 'Socket', /is not a socket file/],
    ])('%j with type %j keeps its container waiting', async (below, type, message) => {
      const name = `wrong-${below || 'itself'}-${type.toLowerCase() || 'any'}`;
      await applied(name, hostPath(join(hostDirectory(name), below), type));
      expect(await waitingMessage(name)).toMatch(message);
      expect(await instance.isHealthy()).toBe(true);
    });

    test('the container starts once the path is there', async () => {
      const path = join(instance.base, 'host/late');
      await applied('late', hostPath(path, 'Directory'));
      expect(await waitingMessage('late')).toMatch(/is not a directory/);
      mkdirSync(path);
      await instance.waitForPod('late', 'runs', isRunning);
    });
  });

  describe('symlinks lead nowhere', () => {
    const canary = (): string => {
      const path = join(instance.base, 'host/canary');
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'secret'), 'canary');
      return path;
    };

    test.each([
      ['absolute', () => canary()],
      ['relative', () => '../canary'],
      ['to a link', () => 'second'],
    ])('a subPath through an %s link out of its volume is refused', async (kind, target) => {
      const name = `out-${kind.replaceAll(' ', '-')}`;
      const path = hostDirectory(name);
      canary();
      symlinkSync(target(), join(path, 'link'));
      symlinkSync('../canary', join(path, 'second'));
      await applied(name, hostPath(path), { subPath: 'link' });
      expect(await waitingMessage(name)).toMatch(
        /for volume "data" : subPath link: openat2 link: EXDEV \(a symlink in it leads out/,
      );
    });

    test('a subPath through a link that stays inside is followed', async () => {
      const path = hostDirectory('stays');
      mkdirSync(join(path, 'v2'));
      writeFileSync(join(path, 'v2/x'), 'current');
      symlinkSync('v2', join(path, 'current'));
      await running('stays', hostPath(path), { subPath: 'current' });
      expect(await inside('stays', 'cat /data/x')).toBe('current');
    });

    test('a link in a volume reaches the container’s own files, not the machine’s', async () => {
      const path = hostDirectory('reach');
      symlinkSync(canary(), join(path, 'link'));
      symlinkSync('/etc', join(path, 'etc'));
      await running('reach', hostPath(path));
      expect(await inside('reach', 'cat /data/link/secret')).toMatch(/No such file/);
      expect(await inside('reach', 'cat /data/etc/hostname')).toBe('reach');
    });

    test('a mountPath over a link in a rootfs lands inside of the container', async () => {
      const root = join(instance.base, 'linked-root');
      mkdirSync(root);
      for (const [from, to] of [
        ['usr', '/usr'],
        ['bin', 'usr/bin'],
        ['lib', 'usr/lib'],
        ['lib64', 'usr/lib64'],
      ] as const) {
        if (from === 'usr') mkdirSync(join(root, from));
        else symlinkSync(to, join(root, from));
      }
      symlinkSync(join(instance.base, 'host/canary'), join(root, 'data'));
      const secret = join(canary(), 'secret');
      const path = hostDirectory('linked');
      await instance.apply(
        aPod({
          name: 'linked',
          volumes: [
            { name: 'usr', ...hostPath('/usr') },
            { name: 'data', ...hostPath(path) },
          ],
          containers: [
            {
              ...aContainer({ rootfs: { path: root } }),
              volumeMounts: [
                { name: 'usr', mountPath: '/usr', readOnly: true },
                { name: 'data', mountPath: '/data' },
              ],
            },
          ],
        }),
      );
      const pod = await instance.waitForPod(
        'linked',
        'was tried',
        (seen) =>
          isRunning(seen) || containerOf(seen).lastState !== undefined || 'terminated' in containerOf(seen).state,
      );
      expect(JSON.stringify(pod.status)).toMatch(/mount volume data on \/data: a symlink that leads nowhere is there/);
      expect(readFileSync(secret, 'utf8')).toBe('canary');
      expect(readdirSync(path)).toEqual(['file']);
    });

    test('no volume covers /proc, through whatever links', async () => {
      const path = hostDirectory('proc');
      symlinkSync('/proc', join(path, 'p'));
      await instance.apply(
        aPod({
          name: 'proc',
          restartPolicy: 'Never',
          volumes: [
            { name: 'outer', ...hostPath(path) },
            { name: 'data', emptyDir: {} },
          ],
          containers: [
            aContainer({
              volumeMounts: [
                { name: 'outer', mountPath: '/outer' },
                { name: 'data', mountPath: '/outer/p' },
              ],
            }),
          ],
        }),
      );
      const pod = await instance.waitForPod('proc', 'failed', ({ status }) => status.phase === 'Failed');
      expect(JSON.stringify(pod.status)).toMatch(/mount volume data on \/outer\/p: \/proc cannot be covered/);
    });
  });
});
