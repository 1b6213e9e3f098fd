/** What a container may: seccomp profiles, sysctls, groups, the masks of /proc; of programs, exec sessions and probes alike. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram, type ContainerManifest } from '../support/manifest.ts';
import { makePayloadRoot } from '../support/payload.ts';
import { containerOf, initPid, isRunning, lastExit, waitingReason } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const { EPERM, ENOSYS, EFAULT, EINVAL, ESRCH } = constants.errno;

describeReal('what a container may', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const profiles = join(instance.base, 'root', 'seccomp', 'team');
    mkdirSync(profiles, { recursive: true });
    const deny = (action: string, name: string) => ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: [name], action, errnoRet: 99 }],
    });
    writeFileSync(join(profiles, 'errno.json'), JSON.stringify(deny('SCMP_ACT_ERRNO', 'getcwd')));
    writeFileSync(join(profiles, 'kill.json'), JSON.stringify(deny('SCMP_ACT_KILL_PROCESS', 'getcwd')));
    writeFileSync(join(profiles, 'broken.json'), '{"defaultAction": "SCMP_ACT_NOTIFY"}');
  });
  afterAll(() => instance.stop());

  const payload = (fields: Partial<ContainerManifest> = {}): ContainerManifest =>
    aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'sleep'], ...fields });
  const profile = (type: string, localhostProfile?: string) => ({
    securityContext: { seccompProfile: { type, ...(localhostProfile === undefined ? {} : { localhostProfile }) } },
  });

  /** errno by call, as an exec session meets it */
  const calls = async (
    pod: string,
    container: string,
    ...names: readonly string[]
  ): Promise<Record<string, number>> => {
    const { output } = await instance.exec(pod, ['/payload', 'calls', ...names], container);
    return Object.fromEntries(output.split('\n').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  };
  const status = async (pod: string, container: string, field: string): Promise<string | undefined> => {
    const { output } = await instance.exec(pod, ['/payload', 'facts'], container);
    return new RegExp(`^status ${field}:\\s*(.*?)\\s*$`, 'm').exec(output)?.[1];
  };

  test('each profile holds for programs and exec sessions, and not for PID 1', async () => {
    const containers = [
      payload({ name: 'default' }),
      payload({ name: 'written', ...profile('RuntimeDefault') }),
      payload({ name: 'unconfined', ...profile('Unconfined') }),
      payload({ name: 'errno', ...profile('Localhost', 'team/errno.json') }),
      payload({ name: 'privileged', securityContext: { privileged: true } }),
      payload({ name: 'strict', securityContext: { allowPrivilegeEscalation: false, runAsUser: 1000 } }),
      payload({ name: 'admin', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
    ].map((container) => ({ procView: 'files', ...container }));
    await instance.apply(aPod({ name: 'profiles', containers }));
    await instance.waitForPod('profiles', 'runs', isRunning);
    const names = containers.map(({ name }) => name);
    const seccomp = await Promise.all(names.map((name) => status('profiles', name, 'Seccomp')));
    expect(Object.fromEntries(names.map((name, index) => [name, seccomp[index]]))).toEqual({
      ...{ default: '2', written: '2', unconfined: '0', errno: '2', privileged: '0', strict: '2', admin: '2' },
    });
    const pod = await instance.getPod('profiles');
    expect(pod && readProc(initPid(pod, 'default'), 'status')).toMatch(/^Seccomp:\s+0$/m);
    // what loading the filter takes is not in the sets of the program
    expect(await status('profiles', 'default', 'CapPrm')).toBe(await status('profiles', 'unconfined', 'CapPrm'));
    expect(await status('profiles', 'strict', 'CapPrm')).toBe('0000000000000000');
    expect(await status('profiles', 'strict', 'CapBnd')).toBe(await status('profiles', 'default', 'CapBnd'));

    const asked = [
      'unshare',
      'clone-user',
      'clone3',
      'mount',
      'keyctl',
      'io_uring',
      'ptrace',
      'alg',
      'alg-high',
      'unix',
    ];
    const refused = {
      unshare: EPERM,
      'clone-user': EPERM,
      clone3: ENOSYS,
      mount: EPERM,
      keyctl: EPERM,
      io_uring: EPERM,
    };
    const always = { ptrace: ESRCH, unix: 0, young: ENOSYS, getcwd: 0, alg: EPERM, 'alg-high': EPERM };
    for (const name of ['default', 'strict']) {
      expect(await calls('profiles', name, ...asked, 'young', 'getcwd')).toEqual({ ...refused, ...always });
    }
    const admin = { unshare: EINVAL, clone3: EINVAL, mount: EFAULT, keyctl: EPERM, alg: EPERM };
    expect(await calls('profiles', 'admin', 'unshare', 'clone3', 'mount', 'keyctl', 'alg')).toEqual(admin);
    const open = await calls('profiles', 'unconfined', ...asked);
    expect([open.clone3, open.mount, open.io_uring]).toEqual([EINVAL, EFAULT, EFAULT]);
    expect(await calls('profiles', 'errno', 'getcwd', 'unix')).toEqual({ getcwd: 99, unix: 0 });
  });

  test('a profile that kills ends the program; one that cannot be read is told, and is taken up once it is mended', async () => {
    const { command: _, ...rest } = payload(profile('Localhost', 'team/kill.json'));
    const processes = [aProgram('killed', { command: ['/payload', 'calls', 'getcwd'], restart: { policy: 'never' } })];
    await instance.apply(
      aPod({ name: 'killed', restartPolicy: 'Never', containers: [{ ...rest, processes }] }),
      aPod({ name: 'broken', containers: [payload(profile('Localhost', 'team/broken.json'))] }),
      aPod({ name: 'absent', containers: [payload(profile('Localhost', 'team/none.json'))] }),
    );
    const ended = await instance.waitForPod('killed', 'ended', (pod) => lastExit(containerOf(pod)) !== undefined);
    expect(lastExit(containerOf(ended))).toMatchObject({ exitCode: 128 + constants.signals.SIGSYS });
    const events = async (): Promise<string> => instance.podctlOk(['events']);
    await waitFor('both refusals are told', async () => {
      const text = await events();
      return /asks an agent that is not there/.test(text) && /cannot load seccomp profile .*none\.json/.test(text);
    });
    writeFileSync(
      join(instance.base, 'root', 'seccomp', 'team', 'broken.json'),
      JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' }),
    );
    await instance.waitForPod('broken', 'runs', isRunning);
  });

  test('sysctls are the pod’s own, whoever of its containers looks, and the machine’s stay', async () => {
    const named = { 'net.core.somaxconn': '77', 'net/ipv4/conf/eth0/rp_filter': '2', 'kernel.shmmni': '99' };
    const paths = ['net/core/somaxconn', 'net/ipv4/conf/eth0/rp_filter', 'kernel/shmmni'];
    const files = paths.map((path) => `/proc/sys/${path}`);
    const before = readFileSync('/proc/sys/kernel/shmmni', 'utf8');
    const sysctls = Object.entries(named).map(([name, value]) => ({ name, value }));
    const containers = [aContainer({ name: 'a' }), aContainer({ name: 'b', namespaces: { ipc: 'private' } })];
    const bad = [{ name: 'net.core.none', value: '1' }];
    await instance.apply(
      aPod({ name: 'tuned', containers, securityContext: { sysctls } }),
      aPod({ name: 'mistuned', securityContext: { sysctls: bad } }),
    );
    await instance.waitForPod('tuned', 'runs', isRunning);
    for (const name of ['a', 'b']) {
      const { output } = await instance.exec('tuned', ['/usr/bin/cat', ...files], name);
      expect(output.split('\n')).toEqual(['77', '2', '99']);
    }
    expect(readFileSync('/proc/sys/kernel/shmmni', 'utf8')).toBe(before);
    await waitFor('the sysctl that is not there is named', async () =>
      (await instance.podctlOk(['events'])).includes('sysctl net/core/none: the kernel has none of that name'),
    );
  });

  test('groups are those of the manifest, of fsGroup and of the container’s own files', async () => {
    const path = makePayloadRoot(join(instance.base, 'accounts'));
    mkdirSync(join(path, 'etc'), { recursive: true });
    writeFileSync(join(path, 'etc', 'passwd'), 'web:x:1000:1001::/:/bin/sh\n');
    writeFileSync(join(path, 'etc', 'group'), 'www:x:50:web\n');
    const containers = [payload({ rootfs: { path } })];
    const shared = { runAsUser: 1000, fsGroup: 3000, supplementalGroups: [4000] };
    await instance.apply(
      aPod({ name: 'merged', containers, securityContext: shared }),
      aPod({
        name: 'strict',
        containers,
        securityContext: { ...shared, runAsGroup: 7, supplementalGroupsPolicy: 'Strict' },
      }),
      aPod({ name: 'rootless', securityContext: { runAsNonRoot: true } }),
    );
    await instance.waitForPod('merged', 'runs', isRunning);
    await instance.waitForPod('strict', 'runs', isRunning);
    expect(await status('merged', 'main', 'Groups')).toBe('50 3000 4000');
    expect(await status('merged', 'main', 'Gid')).toMatch(/^1001\t/);
    expect(await status('strict', 'main', 'Groups')).toBe('3000 4000');
    expect(await status('strict', 'main', 'Gid')).toMatch(/^7\t/);
    const waits = await instance.waitForPod(
      'rootless',
      'is refused',
      (pod) => waitingReason(containerOf(pod)) === 'CreateContainerConfigError',
    );
    expect(JSON.stringify(containerOf(waits).state)).toContain('container has runAsNonRoot and image will run as root');
  });
});
