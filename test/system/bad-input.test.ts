/** What users get wrong: each gets a clear word, and everything else keeps running. */
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, yamlOf } from '../support/manifest.ts';
import { containerOf, isRunning, lastExit, programPid, waitingReason } from '../support/pods.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('bad input', () => {
  let instance: Instance;
  let bystander: number;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(aPod({ name: 'bystander' }));
    bystander = programPid(await instance.waitForPod('bystander', 'runs', isRunning));
  });
  afterEach(async () => {
    const pod = await instance.getPod('bystander');
    expect(pod && programPid(pod), 'the bystander runs on').toBe(bystander);
  });
  afterAll(() => instance.stop());

  const apply = (stdin: string) => instance.podctl(['apply', '-f', '-'], { stdin });
  const file = (name: string, content: string | Buffer): string => {
    const path = join(instance.base, name);
    writeFileSync(path, content);
    return path;
  };

  const bomb = (): string => {
    const levels = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      levels.push(`b${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
    return levels.join('\n');
  };

  test.each<[string, () => string, RegExp]>([
    [
      'an unknown field',
      () => yamlOf(aPod({ containers: [aContainer({ comand: ['x'] })] })),
      /-:\d+:\d+: .*comand.*(command)/s,
    ],
    ['a wrong type', () => yamlOf(aPod({ hostNetwork: 'perhaps' })), /-:\d+:\d+: .*hostNetwork/],
    ['a name with slashes', () => yamlOf(aPod({ name: '../../etc' })), /metadata\.name/],
    ['no containers', () => yamlOf(aPod({ containers: [] })), /spec\.containers/],
    ['a duplicate key', () => 'apiVersion: v1\nkind: Pod\nkind: Pod\n', /-:3:\d+/],
    ['broken YAML', () => 'apiVersion: [v1\nkind: Pod', /-:\d+:\d+/],
    ['two pods of one name', () => yamlOf(aPod({ name: 'twin' }), aPod({ name: 'twin' })), /twin/],
    ['two containers of one name', () => yamlOf(aPod({ containers: [aContainer(), aContainer()] })), /main/],
    [
      'joining a container that does not exist',
      () => yamlOf(aPod({ containers: [aContainer({ namespaces: { pid: 'container:ghost' } })] })),
      /ghost/,
    ],
    [
      'joining itself',
      () => yamlOf(aPod({ containers: [aContainer({ namespaces: { mnt: 'container:main' } })] })),
      /itself|main/,
    ],
    ['a relative workingDir', () => yamlOf(aPod({ containers: [aContainer({ workingDir: 'here' })] })), /workingDir/],
    [
      'a negative limit',
      () => yamlOf(aPod({ containers: [aContainer({ resources: { limits: { cpu: '-1' } } })] })),
      /limits\[cpu\]/,
    ],
    [
      'a limit that is no quantity',
      () => yamlOf(aPod({ containers: [aContainer({ resources: { limits: { memory: '12 potatoes' } } })] })),
      /memory/,
    ],
    ['an alias bomb', bomb, /alias/i],
    ['binary', () => '\u0000\u0001\u0002PK\u0003\u0004', /./],
    ['a kind we do not know', () => 'apiVersion: v1\nkind: Pot\nmetadata: {name: x}\n', /Pot/],
  ])('%s is refused with its place and nothing is applied', async (_what, manifest, words) => {
    const good = yamlOf(aPod({ name: 'good-one' }));
    const { exitCode, stderr } = await apply(`${manifest()}\n---\n${good}`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(await instance.getPod('good-one')).toBeUndefined();
  });

  test('a manifest that holds nothing is refused', async () => {
    for (const text of ['', '# only a comment\n', '---\n---\n']) {
      expect(await apply(text)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('manifest') });
    }
  });

  test('all mistakes of a manifest are told at once', async () => {
    const { exitCode, stderr } = await apply(
      yamlOf(aPod({ name: 'Bad_Name', hostNetwork: 7, containers: [aContainer({ imag: 'x' })] })),
    );
    expect(exitCode).toBe(2);
    for (const field of ['metadata.name', 'hostNetwork', 'imag']) expect(stderr).toContain(field);
  });

  test('a manifest of 1 GiB is refused quickly without being read', async () => {
    const path = file('huge.yaml', 'apiVersion: v1\n');
    truncateSync(path, 1 << 30);
    const from = performance.now();
    const { exitCode, stderr } = await instance.podctl(['apply', '-f', path]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/huge\.yaml/);
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  test('files that cannot be read are named', async () => {
    for (const path of [join(instance.base, 'missing.yaml'), '/dev/null/x']) {
      const { exitCode, stderr } = await instance.podctl(['apply', '-f', path]);
      expect(exitCode).toBeOneOf([1, 2]);
      expect(stderr).toContain(path);
    }
  });

  const cannotStart: readonly [string, () => ReturnType<typeof aContainer>, RegExp][] = [
    ['a command that does not exist', () => aContainer({ command: ['no-such-program'] }), /no-such-program/],
    ['a command that is not executable', () => aContainer({ command: ['/etc/hostname'] }), /hostname/],
    ['a workingDir that is missing', () => aContainer({ workingDir: '/not/there' }), /\/not\/there/],
    [
      'a rootfs that is a file',
      () => aContainer({ rootfs: { path: file('plain', 'x') }, command: ['/payload'] }),
      /plain/,
    ],
    [
      'a rootfs that is missing',
      () => aContainer({ rootfs: { path: join(instance.base, 'gone') }, command: ['/payload'] }),
      /gone/,
    ],
    [
      'a memory limit below what starts',
      () => aContainer({ resources: { limits: { memory: '4Ki' } } }),
      /OOMKilled|memory/i,
    ],
  ];

  test.each(cannotStart)('%s is told in the pod’s status', async (_what, container, words) => {
    const name = 'cannot-start';
    const applied = await apply(yamlOf(aPod({ name, restartPolicy: 'Never', containers: [container()] })));
    if (applied.exitCode === 0) {
      const pod = await instance.waitForPod(
        name,
        'shows why',
        (seen) => JSON.stringify(seen.status).match(words) !== null,
      );
      expect(isRunning(pod)).toBe(false);
      expect(await instance.podctlOk(['describe', 'pod', name])).toMatch(words);
      await instance.podctlOk(['delete', 'pod', name, '--wait']);
    } else {
      expect(applied.stderr).toMatch(words);
    }
  });

  test('under policy Always a command that does not exist waits in back-off and says why', async () => {
    await instance.apply(aPod({ name: 'nothing-there', containers: [aContainer({ command: ['/nothing/there'] })] }));
    const backsOff = (pod: Parameters<typeof containerOf>[0]) => waitingReason(containerOf(pod)) === 'CrashLoopBackOff';
    const pod = await instance.waitForPod('nothing-there', 'backs off', backsOff);
    expect(lastExit(containerOf(pod))).toMatchObject({ exitCode: 127, reason: 'ContainerCannotRun' });
    expect(lastExit(containerOf(pod))?.message).toContain('/nothing/there');
  });

  test('CPU 0 means no limit, as in Kubernetes, and the pod runs', async () => {
    await instance.apply(aPod({ name: 'cpu-zero', containers: [aContainer({ resources: { limits: { cpu: '0' } } })] }));
    await instance.waitForPod('cpu-zero', 'runs', isRunning);
  });

  test('a full disk under the logs is told and stops neither the program nor its deletion', async () => {
    const small = await startInstance({ podd: false });
    try {
      await withSmallDisk(join(small.base, 'root'), async () => {
        await small.startPodd();
        const command = ['/payload', 'flood', '0'];
        await small.apply(
          aPod({ name: 'flood', containers: [aContainer({ rootfs: { path: small.payloadRoot() }, command })] }),
        );
        const pod = await small.waitForPod('flood', 'runs', isRunning);
        await waitFor(
          'the loss is told',
          async () => (await small.podctlOk(['events'])).match(/log/i) !== null,
          20_000,
        );
        expect(containerOf((await small.getPod('flood')) ?? pod).restartCount).toBe(0);
        await small.podctlOk(['delete', 'pod', 'flood', '--wait']);
        await small.podctlOk(['system', 'stop']);
      });
    } finally {
      await small.stop();
    }
  });

  test('a request that is no JSON, and a body that is too large, get a Status and do no harm', async () => {
    const broken = await instance.api('POST', '/api/v1/namespaces/default/pods', '{');
    expect(broken).toMatchObject({ status: 400, body: { kind: 'Status', reason: 'BadRequest' } });
    const large = await instance
      .api('POST', '/apis/podctl.dev/v1/apply', 'x'.repeat(200 << 20))
      .catch(() => ({ status: 413 }));
    expect(large.status).toBeOneOf([400, 413]);
    const missing = await instance.api('GET', '/api/v1/namespaces/default/pods/none');
    expect(missing).toMatchObject({ status: 404, body: { kind: 'Status', reason: 'NotFound' } });
  });

  test('a podd that finds no space at its start: podctl says so, for its log cannot', async () => {
    const dir = join(instance.base, 'no-space');
    await withSmallDisk(dir, async () => {
      await execa('dd', ['if=/dev/zero', `of=${join(dir, 'fill')}`, 'bs=64k'], { reject: false });
      const env = { ...instance.env, PODCTL_ROOT: join(dir, 'root'), PODCTL_RUN: join(dir, 'run') };
      const result = await execa(inRepository('bin/podctl'), ['get', 'pods'], { env, reject: false });
      expect(result.stderr).toMatch(/podd (did not start: no space is left|cannot keep its state)/);
      expect(result.stderr).toContain(dir);
      expect(result.exitCode).toBe(1);
    });
  });

  test('the socket is root’s alone', () => {
    expect(statSync(instance.socket).mode & 0o077).toBe(0);
  });
});

/** Runs `act` while a tmpfs of 24 MiB is mounted at `dir`. */
async function withSmallDisk(dir: string, act: () => Promise<void>): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'podctl-test', dir]);
  try {
    await act();
  } finally {
    await execa('umount', ['-l', dir]);
  }
}
