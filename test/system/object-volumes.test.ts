/** ConfigMaps and Secrets as files: what containers see of them, when, and what else they cannot bring about. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApplyResponse, ApplyResult } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, programPid, waitingReason } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const canary = 'a-value-that-must-not-get-about';

describeReal('volumes of ConfigMaps and Secrets', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const config = (name: string, data: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });
  const secret = (name: string, stringData: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  });
  const pod = (name: string, volume: object, mount: object = {}, container: Record<string, unknown> = {}) =>
    aPod({
      name,
      volumes: [{ name: 'files', ...volume }],
      containers: [aContainer({ volumeMounts: [{ name: 'files', mountPath: '/files', ...mount }], ...container })],
    });
  const applied = async (...manifests: readonly unknown[]): Promise<readonly ApplyResult[]> => {
    const { status, body } = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests, dryRun: false });
    expect(status, JSON.stringify(body)).toBe(200);
    return (body as ApplyResponse).results;
  };
  const started = async (name: string, ...manifests: readonly unknown[]): Promise<PodObject> => {
    await applied(...manifests);
    return instance.waitForPod(name, 'runs', isRunning);
  };
  const inside = async (name: string, script: string): Promise<string> =>
    (await instance.exec(name, ['sh', '-c', `${script} 2>&1`])).output;
  const kept = (seen: PodObject): string => join(instance.base, 'run/volumes', seen.metadata.uid);
  const resultOf = (results: readonly ApplyResult[], name: string) =>
    results.find((result) => result.kind === 'Pod' && result.name === name);

  test('keys are files with the modes that are asked for, read-only, for every user', async () => {
    const volume = {
      configMap: {
        name: 'modes',
        defaultMode: 0o440,
        items: [
          { key: 'a', path: 'deep/a.conf' },
          { key: 'b', path: 'b.sh', mode: 0o755 },
        ],
      },
    };
    await started('modes', config('modes', { a: 'one', b: '#!/bin/sh\necho runs', c: 'unseen' }), pod('modes', volume));
    expect(
      await inside('modes', 'ls /files; cat /files/deep/a.conf; echo; /files/b.sh; stat -Lc %a /files/deep/a.conf'),
    ).toBe('b.sh\ndeep\none\nruns\n440');
    expect(await inside('modes', 'touch /files/x; rm /files/b.sh')).toMatch(
      /Read-only file system.*Read-only file system/s,
    );
  });

  test('a Secret is readable for a user without rights, and its values get nowhere else', async () => {
    const command = ['sh', '-c', 'cat /files/password; echo; exec sleep 1000'];
    const manifest = pod(
      'keys',
      { secret: { secretName: 'keys' } },
      {},
      { command, securityContext: { runAsUser: 1234 } },
    );
    const seen = await started('keys', secret('keys', { password: canary }), manifest);
    await waitFor('it has read it', async () => (await instance.logs('keys')).includes(canary));
    expect(statSync(kept(seen)).mode & 0o7777).toBe(0o700);
    const records = [join(instance.base, 'root/pods'), join(instance.base, 'run/i')].flatMap((dir) =>
      readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    );
    const telling = records.filter((entry) =>
      readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(canary),
    );
    expect(telling.map(({ name }) => name)).toEqual([]);
    const results = await applied(secret('keys', { password: `${canary}-2` }));
    expect(resultOf(results, 'keys')?.changes).toMatchObject([
      {
        field: 'spec.containers[main].volumeMounts[/files]',
        cost: 'in-place',
        why: expect.stringMatching(/^password of secret\/keys changed/),
      },
    ]);
    expect(JSON.stringify([results, await instance.podctlOk(['events'])])).not.toContain(canary);
    await waitFor('it has the new one', async () => (await inside('keys', 'cat /files/password')) === `${canary}-2`);
    await instance.deletePod('keys');
    expect(existsSync(kept(seen))).toBe(false);
  });

  test('a changed ConfigMap reaches a running container, all files at once, and touches no process', async () => {
    const seen = await started(
      'swap',
      config('swap', { a: '1', b: '1', gone: 'x' }),
      pod('swap', { configMap: { name: 'swap' } }),
    );
    const before = { init: initPid(seen), main: programPid(seen) };
    const [, result] = await applied(config('swap', { a: '2', b: '2', come: 'y' }));
    expect(result).toMatchObject({
      kind: 'Pod',
      cost: 'in-place',
      programs: [],
      changes: [{ why: 'a, b, come and 1 more of configmap/swap changed: the container sees it while it runs' }],
    });
    await waitFor(
      'it sees the new ones',
      async () => (await inside('swap', 'cd /files; cat a b; ls')) === '22a\nb\ncome',
    );
    const after = await instance.waitForPod('swap', 'runs', isRunning);
    expect({ init: initPid(after), main: programPid(after) }).toEqual(before);
    expect(readdirSync(join(kept(seen), 'files')).filter((name) => name.startsWith('..'))).toHaveLength(2);
    expect(resultOf(await applied(config('swap', { a: '2', b: '2', come: 'y' })), 'swap')).toBeUndefined();
  });

  test('it does so after a kill of podd too', async () => {
    await started('killed', config('killed', { a: '1' }), pod('killed', { configMap: { name: 'killed' } }));
    await instance.restartPodd();
    await applied(config('killed', { a: '2' }));
    await waitFor('it sees the new one', async () => (await inside('killed', 'cat /files/a')) === '2');
  });

  test('a subPath shows a change from the next start on, and says so', async () => {
    const manifest = pod('part', { configMap: { name: 'part' } }, { subPath: 'a', mountPath: '/etc/a.conf' });
    await started('part', config('part', { a: '1' }), manifest);
    expect(await inside('part', 'cat /etc/a.conf')).toBe('1');
    expect(resultOf(await applied(config('part', { a: '2' })), 'part')?.changes).toMatchObject([
      { cost: 'in-place', why: expect.stringMatching(/a subPath is mounted once, it is seen from the next start on$/) },
    ]);
    await waitFor('podd took it over', async () => (await instance.podctlOk(['events'])).includes('ContentsChanged'));
    expect(await inside('part', 'cat /etc/a.conf')).toBe('1');
    await instance.podctlOk(['restart', 'part/main']);
    await instance.waitForPod('part', 'runs anew', (now) => isRunning(now) && containerOf(now).restartCount === 1);
    expect(await inside('part', 'cat /etc/a.conf')).toBe('2');
  });

  test('reloadOn: programs are told once the new files are there', async () => {
    const script = 'trap "cat /files/a" HUP; cat /files/a; while :; do sleep 1000 & wait; done';
    const processes = [aProgram('web', { command: ['sh', '-c', script], reload: { signal: 'HUP' } })];
    const manifest = pod('told', { configMap: { name: 'told' } }, { reloadOn: 'change' }, { processes });
    const seen = await started('told', config('told', { a: '1\n' }), manifest);
    await waitFor('it has read it', async () => (await instance.logs('told')).includes('1'));
    expect(resultOf(await applied(config('told', { a: '2\n' })), 'told')).toMatchObject({
      cost: 'signal',
      programs: [{ program: 'web', effect: 'change', why: 'content of /files' }],
    });
    await waitFor('it was told', async () => /1\n.*2\n/s.test(await instance.logs('told')));
    expect(programPid(await instance.waitForPod('told', 'runs', isRunning))).toBe(programPid(seen));
  });

  test('what is needed and not there keeps the container waiting until it comes', async () => {
    const volume = { configMap: { name: 'late', items: [{ key: 'a', path: 'a' }] } };
    const mounting = aContainer({ volumeMounts: [{ name: 'files', mountPath: '/files' }] });
    const containers = [mounting, aContainer({ name: 'beside' })];
    await applied(aPod({ name: 'late', volumes: [{ name: 'files', ...volume }], containers }));
    const isWaiting = ({ status }: PodObject) =>
      status.containerStatuses.every((container) => waitingReason(container) === 'ContainerCreating');
    const seen = await instance.waitForPod('late', 'waits', isWaiting);
    expect(seen.status.containerStatuses).toHaveLength(2);
    await applied(config('late', { b: 'x' }));
    const words = 'MountVolume.SetUp failed for volume "';
    await waitFor('both are told', async () => {
      const told = await instance.podctlOk(['events', '--for', 'pod/late', '--no-headers']);
      const ends = ['configmap "late" not found', 'configmap references non-existent config key: a'];
      return ends.every((end) => new RegExp(`FailedMount .*${words}[a-z]+" : ${end}`).test(told));
    });
    expect(isWaiting(await instance.waitForPod('late', 'is there', () => true))).toBe(true);
    await applied(config('late', { a: 'there' }));
    await instance.waitForPod('late', 'runs', isRunning);
    expect(await inside('late', 'cat /files/a')).toBe('there');
  });

  test('what is optional is an empty volume, and filled when it comes', async () => {
    await started('maybe', pod('maybe', { secret: { secretName: 'maybe', optional: true } }));
    expect(await inside('maybe', 'ls /files')).toBe('');
    await applied(secret('maybe', { a: 'x' }));
    await waitFor('it came', async () => (await inside('maybe', 'cat /files/a')) === 'x');
  });

  test('what runs keeps the files of an object that is deleted', async () => {
    await started('orphan', config('orphan', { a: 'x' }), pod('orphan', { configMap: { name: 'orphan' } }));
    const { status } = await instance.api('DELETE', '/api/v1/namespaces/default/configmaps/orphan');
    expect(status).toBe(200);
    await instance.waitForPod('orphan', 'lacks it', ({ metadata }) => metadata.generation > 1);
    expect(await inside('orphan', 'cat /files/a')).toBe('x');
  });

  test('symlinks that a privileged container plants redirect no write', async () => {
    const outside = join(instance.base, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'a'), 'kept');
    const manifest = pod('planted', { configMap: { name: 'planted' } }, {}, { securityContext: { privileged: true } });
    const seen = await started('planted', config('planted', { a: '1', b: '1' }), manifest);
    const plant = [
      'mount -o remount,bind,rw /files',
      `ln -s ${outside} /files/..data_tmp`,
      `rm /files/a && ln -s ${outside}/a /files/a`,
      `rm /files/b && mkdir /files/b && ln -s ${outside} /files/b/link`,
      `ln -s ${outside} /files/..old`,
      'echo planted',
    ];
    expect(await inside('planted', plant.join(' && '))).toBe('planted');
    await applied(config('planted', { a: '2', b: '2' }));
    await waitFor('it sees the new ones', async () => (await inside('planted', 'cat /files/a /files/b')) === '22');
    expect([readdirSync(outside), readFileSync(join(outside, 'a'), 'utf8')]).toEqual([['a'], 'kept']);
    expect(
      readdirSync(join(kept(seen), 'files'))
        .sort()
        .slice(1),
    ).toEqual(['..data', 'a', 'b']);
  });
});
