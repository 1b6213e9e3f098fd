/** How a container starts: its namespaces, its PID 1, and what it cannot reach. */
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { initPid, isRunning, parseFacts, podPids, programPid } from '../support/pods.ts';
import { innerPid, readNamespace, readProc, readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const kinds = ['net', 'ipc', 'uts', 'pid', 'mnt', 'cgroup', 'time', 'user'] as const;

const namespacesOf = (pid: number | 'self'): Record<string, string | undefined> =>
  Object.fromEntries(kinds.map((kind) => [kind, readNamespace(pid, kind)]));

describeReal('start', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const run = async (pod: Record<string, unknown>): Promise<PodObject> => {
    await instance.apply(pod);
    return instance.waitForPod((pod.metadata as { name: string }).name, 'runs', isRunning);
  };

  const output = (pod: string, marker: RegExp, container = 'main'): Promise<string> =>
    waitFor(`${pod}/${container} prints ${marker}`, async () => {
      const text = await instance.logs(pod, container);
      return marker.test(text) ? text : undefined;
    });

  test('containers of a pod share net, ipc and uts and keep pid, mnt, cgroup and time to themselves', async () => {
    const pod = await run(
      aPod({ name: 'defaults', containers: [aContainer({ name: 'a' }), aContainer({ name: 'b' })] }),
    );
    const [host, a, b] = [namespacesOf('self'), namespacesOf(programPid(pod, 'a')), namespacesOf(programPid(pod, 'b'))];
    for (const kind of ['net', 'ipc', 'uts']) expect.soft(a[kind], kind).toBe(b[kind]);
    for (const kind of ['pid', 'mnt', 'cgroup', 'time']) expect.soft(a[kind], kind).not.toBe(b[kind]);
    for (const kind of kinds.filter((name) => name !== 'user')) expect.soft(a[kind], kind).not.toBe(host[kind]);
    expect(a.user).toBe(host.user);
  });

  test('hostNetwork, hostPID and hostIPC use the host’s namespaces', async () => {
    const pod = await run(aPod({ name: 'hosts', hostNetwork: true, hostPID: true, hostIPC: true }));
    const [host, inside] = [namespacesOf('self'), namespacesOf(programPid(pod))];
    for (const kind of ['net', 'pid', 'ipc']) expect.soft(inside[kind], kind).toBe(host[kind]);
    for (const kind of ['mnt', 'cgroup']) expect.soft(inside[kind], kind).not.toBe(host[kind]);
  });

  test('shareProcessNamespace shares one pid namespace in the pod', async () => {
    const containers = [aContainer({ name: 'a' }), aContainer({ name: 'b' })];
    const pod = await run(aPod({ name: 'shared-pid', shareProcessNamespace: true, containers }));
    const [host, a, b] = [namespacesOf('self'), namespacesOf(programPid(pod, 'a')), namespacesOf(programPid(pod, 'b'))];
    expect(a.pid).toBe(b.pid);
    expect(a.pid).not.toBe(host.pid);
    expect(a.mnt).not.toBe(b.mnt);
    const ps = await instance.exec('shared-pid', ['ps', '-e', '-o', 'pid=,args='], 'b');
    expect(ps.output.match(/sleep 1000000/g)).toHaveLength(2);
  });

  test('container:<name> joins the pid, mnt and time namespace of that container', async () => {
    const containers = [
      aContainer({ name: 'owner', namespaces: { time: { boottime: '1h', monotonic: '2h' } } }),
      aContainer({ name: 'pids', namespaces: { pid: 'container:owner' } }),
      aContainer({ name: 'mounts', namespaces: { mnt: 'container:owner' } }),
      aContainer({ name: 'clocks', namespaces: { time: 'container:owner' } }),
    ];
    const pod = await run(aPod({ name: 'joins', containers }));
    const of = Object.fromEntries(containers.map(({ name }) => [name, namespacesOf(programPid(pod, name))]));
    for (const [joiner, kind] of [
      ['pids', 'pid'],
      ['mounts', 'mnt'],
      ['clocks', 'time'],
    ] as const) {
      for (const own of ['pid', 'mnt', 'time']) {
        const check = expect.soft(of[joiner]?.[own], `${own} of ${joiner}`);
        if (own === kind) check.toBe(of.owner?.[own]);
        else check.not.toBe(of.owner?.[own]);
      }
    }
  });

  test.each([
    ['private', false, false],
    ['pod', true, false],
    ['host', false, true],
  ] as const)('namespaces set to %s for every kind hold for every kind', async (mode, sharedInPod, sharedWithHost) => {
    const wanted = ['net', 'ipc', 'uts', 'cgroup', 'time'] as const;
    const namespaces = Object.fromEntries(wanted.map((kind) => [kind, mode]));
    const containers = [aContainer({ name: 'a', namespaces }), aContainer({ name: 'b', namespaces })];
    const pod = await run(aPod({ name: `all-${mode}`, containers }));
    const [host, a, b] = [namespacesOf('self'), namespacesOf(programPid(pod, 'a')), namespacesOf(programPid(pod, 'b'))];
    for (const kind of wanted) {
      expect.soft(a[kind] === b[kind], `${kind} shared in the pod`).toBe(sharedInPod || sharedWithHost);
      expect.soft(a[kind] === host[kind], `${kind} shared with the host`).toBe(sharedWithHost);
    }
  });

  test('a private time namespace has the offsets of the manifest', async () => {
    const containers = [
      aContainer({
        rootfs: { path: instance.payloadRoot() },
        command: ['/payload', 'facts', 'stay'],
        namespaces: { time: { boottime: '24h', monotonic: '48h' } },
      }),
    ];
    await run(aPod({ name: 'clock', containers }));
    const facts = parseFacts(await output('clock', /^end$/m));
    const host = Number(readProc(1, '../uptime')?.split(' ')[0]);
    expect(Math.abs(Number(facts.get('boottime')?.[0]) - host - 86_400)).toBeLessThan(120);
    expect(Math.abs(Number(facts.get('monotonic')?.[0]) - host - 172_800)).toBeLessThan(120);
  });

  test('PID 1 is podinit, the program is its child, and only the container’s processes are seen', async () => {
    const pod = await run(aPod({ name: 'seen' }));
    const init = initPid(pod);
    expect(innerPid(init)).toBe(1);
    expect(readProcess(programPid(pod))?.ppid).toBe(init);
    const { output: shown } = await instance.exec('seen', ['sh', '-c', 'echo $$; ps -e -o pid=,comm=']);
    const [shell, ...lines] = shown
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(Number(shell)).toBeGreaterThan(1);
    expect(lines[0]).toMatch(/^1 podinit/);
    expect(lines.map((line) => line.split(/\s+/)[1]).sort()).toEqual(['podinit', 'ps', 'sh', 'sleep']);
  });

  test('a program starts with podman’s eleven capabilities, no ambient ones, and no descriptors of ours', async () => {
    const containers = [
      aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'facts', 'stay'] }),
    ];
    await run(aPod({ name: 'privileges', containers }));
    const facts = parseFacts(await output('privileges', /^end$/m));
    const status = Object.fromEntries(
      (facts.get('status') ?? []).map((line) => line.split(/:\s+/) as [string, string]),
    );
    const eleven = '00000000800405fb';
    expect(status).toMatchObject({
      CapInh: '0000000000000000',
      CapAmb: '0000000000000000',
      CapBnd: eleven,
      CapPrm: eleven,
      CapEff: eleven,
    });
    expect(facts.get('fd')).toEqual(['0', '1', '2']);
    expect(facts.get('hostname')).toEqual(['privileges']);
    expect(status.SigBlk).toBe('0000000000000000');
    expect(status.SigIgn).toBe('0000000000000000');
  });

  test('a program cannot read PID 1, kernel secrets, or make devices and mounts', async () => {
    const containers = [aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'attack'] })];
    await instance.apply(aPod({ name: 'attack', restartPolicy: 'Never', containers }));
    const lines = (await output('attack', /^end$/m)).split('\n');
    const refused = (what: string): void => {
      const line = lines.find((text) => text.startsWith(`${what} `));
      expect.soft(line, what).toBeDefined();
      expect.soft(/errno 0 got [1-9]|errno 0$/.test(line ?? ''), line).toBe(false);
    };
    for (const file of [
      '/proc/1/mem',
      '/proc/1/environ',
      '/proc/1/root',
      '/proc/kcore',
      '/proc/keys',
      '/proc/timer_list',
    ])
      refused(file);
    for (const file of ['/proc/sysrq-trigger', '/proc/sys/kernel/hostname']) refused(file);
    for (const call of ['mknod', 'unshare']) refused(call);
  });

  test('image host shows /usr read-only and none of the host’s data', async () => {
    await run(aPod({ name: 'view' }));
    const sh = async (script: string): Promise<string> => (await instance.exec('view', ['sh', '-c', script])).output;
    expect(
      await sh(
        'ls -A /root; ls -A /home; cat /etc/shadow 2>/dev/null; touch /usr/x 2>/dev/null && echo written; echo done',
      ),
    ).toBe('done');
    expect(await sh('touch /tmp/x /var/x && echo written')).toBe('written');
    expect((await sh('cat /etc/hostname; hostname')).split('\n')).toEqual(['view', 'view']);
    expect(await sh('ls /dev')).toContain('urandom');
  });

  test('a rootfs is a read-only lower layer: what a container writes does not reach the directory', async () => {
    const root = instance.payloadRoot();
    const containers = [aContainer({ rootfs: { path: root }, command: ['/payload', 'sleep'] })];
    const pod = await run(aPod({ name: 'layer', containers }));
    const changed = statSync(root).mtimeMs;
    expect(readNamespace(programPid(pod), 'mnt')).not.toBe(readNamespace('self', 'mnt'));
    expect(statSync(root).mtimeMs).toBe(changed);
  });

  test('loopback works in a pod’s own network namespace, and nothing is in it but that and its link', async () => {
    await run(aPod({ name: 'loop' }));
    const script = [
      "const net = require('node:net');",
      "const server = net.createServer((s) => s.end('pong')).listen(0, '127.0.0.1', () =>",
      "net.connect(server.address().port, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit(); }));",
    ].join(' ');
    expect(await instance.exec('loop', ['node', '-e', script])).toEqual({ code: 0, output: 'pong' });
    expect((await instance.exec('loop', ['ls', '/sys/class/net'])).output).toBe('eth0\nlo');
    await run(aPod({ name: 'alone', network: 'none' }));
    expect((await instance.exec('alone', ['ls', '/sys/class/net'])).output).toBe('lo');
  });

  test('PID 1 sits beside the programs’ cgroup, which is the root of the container’s cgroup namespace', async () => {
    const pod = await run(aPod({ name: 'groups' }));
    expect(podPids(pod, 'main', 'init')).toEqual([initPid(pod)]);
    expect(podPids(pod, 'main', 'app')).toEqual([programPid(pod)]);
    const inside = await instance.exec('groups', ['cat', '/proc/self/cgroup']);
    expect(inside.output).not.toContain(pod.metadata.uid);
  });

  test('the host’s mount table does not change', async () => {
    const before = readProc(process.pid, 'mountinfo');
    await run(aPod({ name: 'mounts' }));
    expect(readProc(process.pid, 'mountinfo')).toBe(before);
  });
});
