/** Pods with users of their own: whose their processes and files are outside, and what their root may inside. */
import { existsSync, mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, lastExit, podPids, programPid } from '../support/pods.ts';
import { readNamespace, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const uidMapOf = (pid: number): readonly number[] => (readProc(pid, 'uid_map') ?? '').trim().split(/\s+/).map(Number);
const uidsOf = (pid: number): readonly number[] =>
  (/^Uid:\s+(.*)$/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? '').split('\t').map(Number);

/** A child that has not become its program yet is a podinit. */
const isPodinit = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === readlinkSync('/proc/self/exe');
  } catch {
    return true; // gone
  }
};

describeReal('hostUsers: false', () => {
  let instance: Instance;
  let shared: string;
  let pod: PodObject;
  let base = 0;

  const ownPod = (...added: readonly unknown[]): Record<string, unknown> => {
    const volumes = [
      { name: 'data', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'shared', hostPath: { path: shared } },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
    const admin = { capabilities: { add: ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'] } };
    return aPod({
      name: 'own',
      hostUsers: false,
      volumes,
      containers: [
        aContainer({ volumeMounts, securityContext: admin }),
        aContainer({
          name: 'programs',
          namespaces: { net: 'private' },
          processes: [aProgram('root', { oomScoreAdj: 700 }), aProgram('other', { user: 1234, group: 1234 }), ...added],
        }),
        aContainer({ name: 'layered', rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'sleep'] }),
      ],
    });
  };

  beforeAll(async () => {
    instance = await startInstance();
    shared = join(instance.base, 'shared');
    mkdirSync(shared);
    writeFileSync(join(shared, 'mine'), 'of the machine', { mode: 0o600 });
    await instance.apply(ownPod(), aPod({ name: 'second', hostUsers: false, shareProcessNamespace: true }));
    pod = await instance.waitForPod('own', 'runs', isRunning);
    await waitFor('all of its programs run', () => podPids(pod).filter((pid) => !isPodinit(pid)).length === 4);
    base = uidMapOf(programPid(pod))[1] ?? 0;
  });
  afterAll(async () => {
    await instance.stop();
    expect(existsSync(`/run/podctl-users/${base}`)).toBe(false);
  });

  const inside = async (script: string, container = 'main'): Promise<string> => {
    const { code, output } = await instance.exec('own', ['sh', '-c', script], container);
    return code === 0 ? output : `${output}\nended with ${code}`;
  };

  test('all processes of a pod are nobody on the machine, in one user namespace with 65536 ids', async () => {
    expect(uidMapOf(programPid(pod))).toEqual([0, base, 65_536]);
    expect(base).toBeGreaterThanOrEqual(1_879_048_192);
    const pids = podPids(pod);
    expect(pids).toHaveLength(7);
    for (const pid of pids) {
      expect(readNamespace(pid, 'user')).toBe(readNamespace(programPid(pod), 'user'));
      for (const uid of uidsOf(pid)) expect([base, base + 1234]).toContain(uid);
    }
    expect(podPids(pod, 'programs').flatMap(uidsOf)).toContain(base + 1234);
    expect(await inside('cat /proc/self/uid_map; id -u')).toMatch(new RegExp(`^\\s*0\\s+${base}\\s+65536\\n0$`));
  });

  test('two pods share no id', async () => {
    const second = await instance.waitForPod('second', 'runs', isRunning);
    const other = uidMapOf(programPid(second))[1] ?? 0;
    expect(Math.abs(other - base)).toBeGreaterThanOrEqual(65_536);
    await waitFor('it runs', () => podPids(second).length === 3);
    expect(podPids(second).flatMap(uidsOf)).toEqual(Array(12).fill(other));
  });

  test('what root writes into volumes belongs to root on disk, and what is root’s there is root’s here', async () => {
    await inside('for at in /data /memory /shared; do echo hello > $at/made; done; chown 1234:1234 /shared/made');
    expect(statSync(join(shared, 'made')).uid).toBe(1234);
    const volume = join(instance.base, 'root', 'volumes', pod.metadata.uid, 'data', 'made');
    expect(statSync(volume).uid).toBe(0);
    expect(await inside('stat -c %u /shared/mine /shared/made /memory/made /usr/bin/env; cat /shared/mine')).toBe(
      '0\n1234\n0\n0\nof the machine',
    );
  });

  test('root may in its namespaces what it has the capability for, and on the machine nothing', async () => {
    expect(await inside('mount -t tmpfs none /mnt && touch /mnt/f && umount /mnt && echo done')).toBe('done');
    expect(await inside('ip link add dummy0 type bridge && ip link del dummy0 && echo done')).toBe('done');
    expect(await inside('ip link set lo down; ip link set lo up; echo done', 'programs')).toMatch(/not permitted|done/);
    const refused = [
      'umount /proc/sys',
      'mount -o remount,rw /usr',
      'mount -o remount,rw,bind /proc/sys',
      'echo 1 > /proc/sys/vm/drop_caches',
      'cat /proc/1/environ',
      'mknod /tmp/sda b 8 0',
      'chown 65536 /data',
      'echo -1000 > /proc/self/oom_score_adj',
    ];
    for (const command of refused) expect.soft(await inside(command), command).toMatch(/ended with [1-9]/);
  });

  test('a volume whose file system cannot map owners fails the container and says so', async () => {
    const volumes = [{ name: 'kernel', hostPath: { path: '/sys/kernel' } }];
    const containers = [aContainer({ volumeMounts: [{ name: 'kernel', mountPath: '/kernel' }] })];
    await instance.apply(aPod({ name: 'cannot', hostUsers: false, restartPolicy: 'Never', volumes, containers }));
    const failed = await instance.waitForPod('cannot', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(lastExit(containerOf(failed))?.message).toMatch(/^\/sys\/kernel: its file system cannot show/);
    expect(await instance.podctlOk(['events', '--for', 'pod/cannot'])).toMatch(/Warning\s+FailedMount/);
  });

  test('programs, terminals, layers and copies are as in other pods', async () => {
    expect(await inside('cat /proc/*/oom_score_adj | sort -u', 'programs')).toBe('1000\n700');
    expect(containerOf(pod, 'layered').state).toHaveProperty('running');
    const root = programPid(pod, 'layered');
    expect(statSync(`/proc/${root}/root/payload`).uid).toBe(base);
    const source = join(instance.base, 'copied');
    writeFileSync(source, 'a copy', { mode: 0o640 });
    for (const to of ['/data/new/copied', '/root/copied'])
      await instance.podctlOk(['cp', source, `own:${to}`, '-c', 'main']);
    expect(await inside('stat -c "%u %g %a" /data/new /data/new/copied /root/copied; cat /root/copied')).toBe(
      '0 0 755\n0 0 640\n0 0 640\na copy',
    );
    const session = await instance.podctl([
      'exec',
      'own',
      '-c',
      'main',
      '--',
      'sh',
      '-c',
      'free -b | head -2 | tail -1',
    ]);
    expect(session.stdout).toMatch(/^Mem:/);
  });

  test('programs come, stand still and go on in cgroups that PID 1 was given', async () => {
    const { length } = podPids(pod, 'programs', 'app');
    await instance.apply(ownPod(aProgram('late')));
    await waitFor('the new program runs', () => podPids(pod, 'programs', 'app').length === length + 1);
    await instance.podctlOk(['pause', 'own/programs']);
    expect((await instance.podctl(['exec', 'own', '-c', 'programs', '--', 'true'])).exitCode).toBe(126);
    await instance.podctlOk(['resume', 'own/programs']);
    expect((await instance.exec('own', ['true'], 'programs')).code).toBe(0);
  });

  test('the pod keeps its users over restarts of a container, of podd and of the zygote', async () => {
    const user = readNamespace(programPid(pod), 'user');
    process.kill(await instance.zygotePid(), 'SIGKILL');
    await instance.restartPodd();
    process.kill(initPid(pod), 'SIGKILL');
    const restarted = await instance.waitForPod('own', 'restarted main', (now) => {
      return isRunning(now) && containerOf(now).restartCount === 1;
    });
    expect(uidMapOf(programPid(restarted))).toEqual([0, base, 65_536]);
    expect(readNamespace(programPid(restarted), 'user')).toBe(user);
    expect(await inside('cat /memory/made && echo again >> /data/made && cat /data/made')).toBe('hello\nhello\nagain');
    process.kill(programPid(restarted, 'layered'), 'SIGTERM');
    const ended = await instance.waitForPod('own', 'restarted layered', (now) => {
      return isRunning(now) && containerOf(now, 'layered').restartCount === 1;
    });
    expect(lastExit(containerOf(ended, 'layered'))).toBeDefined();
    await waitFor('it runs', () => podPids(ended, 'layered').length === 2);
  });
});
