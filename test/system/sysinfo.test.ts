/** sysinfo(2) and sched_getaffinity(2) inside of containers: the container's numbers, for every kind of program. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnsweringProcess } from '../support/answering-process.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram, type ContainerManifest, yamlOf } from '../support/manifest.ts';
import { makePayloadRoot } from '../support/payload.ts';
import { containerOf, initPid, isReady, isRunning, lastExit, podPids } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const limits = { memory: '64Mi', cpu: '500m' };
const machineMegabytes = String(Math.floor(totalmem() / 2 ** 20));
const onlineCpus = execaSync('nproc', ['--all']).stdout;

describeReal('sysinfo and sched_getaffinity', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** of a container with the payload alone */
  const bare = (fields: Partial<ContainerManifest> = {}): ContainerManifest =>
    aContainer({
      rootfs: { path: instance.payloadRoot() },
      command: ['/payload', 'sleep'],
      resources: { limits },
      ...fields,
    });

  const run = async (name: string, container: ContainerManifest): Promise<void> => {
    await instance.apply(aPod({ name, containers: [container] }));
    await instance.waitForPod(name, 'runs', isRunning);
  };

  const output = async (pod: string, ...argv: readonly string[]): Promise<string> =>
    (await instance.exec(pod, argv)).output;

  test('tools of every libc show the limits', async () => {
    await run('tools', aContainer({ resources: { limits } }));
    expect(await output('tools', 'nproc')).toBe('1');
    expect(await output('tools', 'taskset', '-p', '1')).toMatch(/mask: [0-9a-f]+$/);
    if (existsSync('/usr/bin/busybox')) {
      expect(await output('tools', '/usr/bin/busybox', 'free', '-m')).toMatch(/^Mem: +64 /m);
      expect(await output('tools', '/usr/bin/busybox', 'nproc')).toBe('1');
    }
    const python = 'import os; print(len(os.sched_getaffinity(0)))';
    if (existsSync('/usr/bin/python3')) expect(await output('tools', '/usr/bin/python3', '-c', python)).toBe('1');
    if (process.execPath.startsWith('/usr/'))
      expect(await output('tools', process.execPath, '-p', 'os.availableParallelism()')).toBe('1');
  });

  test('a static program, a program, its children, an exec session and a probe are told the same', async () => {
    const check = ['/payload', 'sysinfo-crowd', '3', '64'];
    const processes = [
      aProgram('static', { command: ['/payload', 'sysinfo'], restart: { policy: 'never' } }),
      aProgram('probed', { command: ['/payload', 'sleep'], readiness: { exec: { command: check } } }),
      aProgram('user', { command: ['/payload', 'sysinfo'], user: '1000', group: '1000', restart: { policy: 'never' } }),
    ];
    const { command: _, ...container } = bare();
    await instance.apply(aPod({ name: 'all', containers: [{ ...container, processes }] }));
    await instance.waitForPod('all', 'is ready', isReady);
    await waitFor('both printed', async () => ((await instance.logs('all')).match(/total 64 /g) ?? []).length === 2);
    expect(await output('all', '/payload', 'sysinfo')).toContain('total 64 ');
    expect(await output('all', ...check)).toBe('crowd 3');
  });

  test('wrong arguments get the kernel’s errors', async () => {
    await run('wrong', bare());
    const machine = execaSync(`${instance.payloadRoot()}/payload`, ['bad-calls']).stdout;
    expect(await output('wrong', '/payload', 'bad-calls')).toBe(machine);
  });

  test('a thousand calls at once are all answered, while podd is dead too', async () => {
    const crowded = { resources: { limits: { memory: '512Mi' } } };
    await run('crowd', bare(crowded));
    expect(await output('crowd', '/payload', 'sysinfo-crowd', '1000', '512')).toBe('crowd 1000');
    const processes = [aProgram('loop', { command: ['/payload', 'sysinfo-crowd', '500', '512'] })];
    const { command: _, ...container } = bare(crowded);
    await instance.apply(aPod({ name: 'alone', containers: [{ ...container, processes }] }));
    await instance.killPodd();
    await instance.startPodd();
    await waitFor('it counted', async () => /crowd \d+/.test(await instance.logs('alone')));
    expect(await instance.logs('alone')).not.toMatch(/crowd (?!500\b)/);
  });

  test('a limit that changes is seen at the next call', async () => {
    await run('live', bare());
    expect(await output('live', '/payload', 'sysinfo')).toContain('total 64 ');
    await instance.apply(
      aPod({ name: 'live', containers: [bare({ resources: { limits: { memory: '96Mi', cpu: '2' } } })] }),
    );
    await waitFor('96 MiB', async () => (await output('live', '/payload', 'sysinfo')).includes('total 96 '));
    const cpus = (await output('live', '/payload', 'affinity')).split(' cpus ')[1] ?? '';
    expect(cpus.split(' ')).toHaveLength(Math.min(2, Number(onlineCpus)));
  });

  test.each(['files', 'off'])('procView: %s leaves both calls to the kernel', async (procView) => {
    await run(procView, bare({ procView }));
    expect(await output(procView, '/payload', 'sysinfo')).toContain(`total ${machineMegabytes} `);
    const pod = await instance.getPod(procView);
    expect(pod && readProc(initPid(pod), 'status')).toMatch(/^Seccomp:\s+0$/m);
  });

  test('a container without limits is told of the machine, a pinned thread of where it is pinned', async () => {
    await run('free', aContainer({ resources: {} }));
    expect(await output('free', 'nproc')).toBe(onlineCpus);
    await run('pinned', aContainer({ resources: { limits } }));
    const last = Number(onlineCpus) - 1;
    expect(await output('pinned', 'taskset', '-c', String(last), 'sh', '-c', 'taskset -cp $$')).toMatch(
      new RegExp(`: ${last}$`),
    );
  });

  test('no_new_privs stays off where it is off, and on where it is on', async () => {
    await run('privileges', bare({ securityContext: { allowPrivilegeEscalation: true } }));
    const pod = await instance.waitForPod('privileges', 'runs', isRunning);
    const [pid = 0] = podPids(pod, 'main', 'app');
    expect(readProc(pid, 'status')).toMatch(/^NoNewPrivs:\s+0$/m);
    expect(readProc(pid, 'status')).toMatch(/^Seccomp:\s+2$/m);
    await run('no-privileges', bare({ securityContext: { allowPrivilegeEscalation: false } }));
    const other = await instance.waitForPod('no-privileges', 'runs', isRunning);
    const [otherPid = 0] = podPids(other, 'main', 'app');
    expect(readProc(otherPid, 'status')).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(await output('no-privileges', '/payload', 'sysinfo')).toContain('total 64 ');
  });

  test('a setuid program gets its user, and its answer', async () => {
    const root = join(instance.base, 'setuid');
    makePayloadRoot(root);
    chmodSync(join(root, 'payload'), 0o4755);
    const securityContext = { runAsUser: 1000, runAsGroup: 1000, allowPrivilegeEscalation: true };
    await run('setuid', bare({ rootfs: { path: root }, securityContext }));
    expect(await output('setuid', '/payload', 'sysinfo-mapped', '/payload')).toBe('total 64 uid 1000 euid 0');
  });

  test('a record on a page of a file that PID 1 itself serves does not hold PID 1 up', async () => {
    await run('served', bare());
    // the page lies behind the end of a file that says it is empty: EFAULT, as from the kernel
    const [file, words] = ['/proc/meminfo', /^(sysinfo errno 14|mmap errno \d+)$/];
    for (let i = 0; i < 3; i++) expect(await output('served', '/payload', 'sysinfo-mapped', file)).toMatch(words);
    expect(await output('served', '/payload', 'sysinfo')).toContain('total 64 ');
  });

  test('a paused caller holds nobody up, and goes on', async () => {
    const loop = aProgram('loop', { command: ['/payload', 'sysinfo', '100000000'] });
    const { command: _, ...container } = bare();
    await instance.apply(aPod({ name: 'paused', containers: [{ ...container, processes: [loop] }] }));
    await instance.waitForPod('paused', 'runs', isRunning);
    for (let i = 0; i < 5; i++) {
      await instance.podctlOk(['pause', 'paused/main/loop']);
      expect(await output('paused', '/payload', 'sysinfo')).toContain('total 64 ');
      await instance.podctlOk(['resume', 'paused/main/loop']);
    }
    expect(containerOf(await instance.waitForPod('paused', 'runs', isRunning)).restartCount).toBe(0);
  });

  test('below another such filter a container starts all the same, and a warning says what it lacks', async () => {
    const answering = await AnsweringProcess.start();
    const inner = await startInstance({ podd: false });
    try {
      await answering.answer();
      const manifest = join(inner.base, 'pod.yaml');
      writeFileSync(manifest, yamlOf(aPod({ name: 'inner' })));
      const { PODCTL_ROOT, PODCTL_RUN } = inner.env;
      const podctl = [
        '/usr/bin/env',
        `PODCTL_ROOT=${PODCTL_ROOT}`,
        `PODCTL_RUN=${PODCTL_RUN}`,
        inRepository('bin/podctl'),
      ];
      expect(await answering.run(...podctl, 'apply', '-f', manifest, '--wait')).toContain('pod/inner created');
      expect(await answering.run(...podctl, 'events')).toMatch(/Warning +ProcViewReduced .*seccomp: EBUSY/);
    } finally {
      await inner.stop();
      await answering.stop();
    }
  });

  test('a container whose programs wait for an answer is killed like any other', async () => {
    await run('killed', bare({ command: ['/payload', 'sysinfo', '100000000'] }));
    const pod = await instance.waitForPod('killed', 'runs', isRunning);
    process.kill(initPid(pod), 'SIGKILL');
    const again = await instance.waitForPod('killed', 'was restarted', (seen) => containerOf(seen).restartCount === 1);
    expect(lastExit(containerOf(again))).toBeDefined();
    await instance.deletePod('killed');
  });
});
