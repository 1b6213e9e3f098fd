/** examples/dev.yaml and small pods under `podctl dev`, as a black box: files are saved, output and processes looked at. */
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { shopOf, useWorkshop } from '../support/dev-workshop.ts';
import { freePort } from '../support/free-port.ts';
import { aContainer, aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('podctl dev', () => {
  const shop = useWorkshop();
  const { start, dev, save, edit, pids } = shop;

  describe('examples/dev.yaml', () => {
    let port: number;
    beforeEach(async () => {
      cpSync(inRepository('examples/dev.yaml'), join(shop.dir, 'dev.yaml'));
      cpSync(inRepository('examples/dev'), join(shop.dir, 'dev'), { recursive: true });
      port = await freePort();
    });
    const ask = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
      return answer === undefined ? '' : await answer.text();
    };

    test('sources, shared sources and the manifest: each save touches what it concerns, and Ctrl-C leaves nothing', async () => {
      const process = start(['dev'], { env: { PORT: String(port) } });
      await process.complains(/using dev\.yaml/);
      await process.says(/pod\/dev created/);
      await process.says(/dev\/app\/web +\| listening on \d+/);
      await process.says(/dev\/app\/worker \| hello worker, request 1/);
      await process.complains(new RegExp(`ready 1/1 · http://localhost:${port}`.replace('·', '[·|]')));
      const before = await pids('dev');

      edit('dev/server.js', 'request ${served}', 'answer ${served}');
      await process.says(/restarted dev\/app\/web, ready \(\d+ ms; dev\/server\.js\)/);
      expect(await ask()).toMatch(/hello world, answer \d/);
      const afterSource = await pids('dev');
      expect(afterSource.worker).toBe(before.worker);
      expect(afterSource.web).not.toBe(before.web);

      edit('dev/lib/greet.js', 'hello', 'good day');
      await process.says(/restarted dev\/app\/web, dev\/app\/worker, .*greet\.js/);
      await process.says(/dev\/app\/worker \| good day worker/);
      const afterShared = await pids('dev');
      expect(afterShared.worker).not.toBe(afterSource.worker);

      edit('dev.yaml', 'command: [node, /src/worker.js]', 'command: [node, --no-deprecation, /src/worker.js]');
      await process.says(/applied dev\.yaml \(\d+ ms\)\npod\/dev configured \(restart program app\/worker\)/);
      await waitFor('the worker is a new one', async () => {
        const now = await pids('dev');
        return now.worker !== undefined && now.worker !== afterShared.worker;
      });
      expect((await pids('dev')).web).toBe(afterShared.web);

      expect(await process.interrupt()).toBe(0);
      expect(process.out).toMatch(/pod\/dev deleted\n$/);
      expect(await shop.instance.getPod('dev')).toBeUndefined();
    });

    test('a program that a save breaks is told, and the next save mends it', async () => {
      const process = start(['dev', '-f', 'dev.yaml'], { env: { PORT: String(port) } });
      await process.says(/listening on/);
      edit('dev/server.js', 'createServer(', 'create Server(');
      await process.complains(
        /failed: dev\/app\/web: (BACKOFF|FATAL): exited with code 1.* \(\d+ ms; dev\/server\.js\)/,
      );
      await process.says(/dev\/app\/web +\| SyntaxError/);
      edit('dev/server.js', 'create Server(', 'createServer(');
      await process.says(/restarted dev\/app\/web, ready/);
      expect(await ask()).toContain('hello world');
      expect(await process.interrupt()).toBe(0);
    });
  });

  test('a broken manifest is told once in place, what runs runs on, and a good one is announced', async () => {
    save('pod.yaml', shopOf(aProgram('web'), aProgram('db')));
    const process = dev();
    await process.complains(/using pod\.yaml/);
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    edit('pod.yaml', 'kind: Pod', 'kind: Pood');
    await process.complains(/pod\.yaml:2:7: kind: Unsupported value: "Pood".*did you mean "Pod"/);
    await process.complains(/the manifests cannot be used as they are/);
    await process.complains(/manifest broken, the last good version runs/);
    edit('pod.yaml', 'name: db', 'name: db2');
    edit('pod.yaml', 'kind: Pood', 'kind: Pod');
    await process.says(/the manifests are good again/);
    await process.says(/pod\/shop configured/);
    expect(process.err.match(/Unsupported value/g)).toHaveLength(1);
    expect((await pids('shop')).web).toBe(before.web);
    rmSync(join(shop.dir, 'pod.yaml'));
    await process.complains(/pod\.yaml:1:1: cannot be read: no such file or directory/);
    expect((await pids('shop')).web).toBe(before.web);
    expect(await process.interrupt()).toBe(0);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
  });

  test('a manifest whose directory becomes a file, or that leads to itself, is told and mended as any other', async () => {
    mkdirSync(join(shop.dir, 'conf'));
    save('conf/pod.yaml', shopOf(aProgram('web')));
    const process = dev('-f', 'conf/pod.yaml');
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    process.mark();
    renameSync(join(shop.dir, 'conf'), join(shop.dir, 'away'));
    writeFileSync(join(shop.dir, 'conf'), '');
    await process.complains(/conf\/pod\.yaml:1:1: cannot be read: a part of the path is not a directory/);
    process.mark();
    rmSync(join(shop.dir, 'conf'));
    renameSync(join(shop.dir, 'away'), join(shop.dir, 'conf'));
    await process.says(/the manifests are good again/);
    process.mark();
    symlinkSync('pod.yaml', join(shop.dir, 'conf/loop'));
    renameSync(join(shop.dir, 'conf/loop'), join(shop.dir, 'conf/pod.yaml'));
    await process.complains(/conf\/pod\.yaml:1:1: cannot be read: too many symbolic links/);
    expect(await pids('shop')).toEqual(before);
    expect(await process.interrupt()).toBe(0);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
  });

  test('a pod that is taken out of the file is deleted, one that is put in is created', async () => {
    const pod = (name: string) => aPod({ name });
    save('pod.yaml', yamlOf(pod('one'), pod('two')));
    const process = dev();
    await process.says(/pod\/two created/);
    save('pod.yaml', yamlOf(pod('one'), pod('three')));
    await process.says(/pod\/three created/);
    await process.says(/pod\/two deleted/);
    expect(await shop.instance.getPod('two')).toBeUndefined();
    expect(await process.interrupt()).toBe(0);
    const left = await shop.instance.api('GET', '/api/v1/pods');
    expect((left.body as { items: unknown[] }).items).toEqual([]);
  });

  test('--keep leaves everything running, and the next session takes it over', async () => {
    save('pod.yaml', shopOf(aProgram('web')));
    const first = dev('--keep');
    await first.complains(/ready 1\/1/);
    const before = await pids('shop');
    expect(await first.interrupt()).toBe(0);
    expect(first.out).toMatch(/left running: pod\/shop; podctl delete -f pod\.yaml\n$/);
    const second = dev();
    await second.says(/pod\/shop unchanged/);
    await second.says(/there before this session, deleted at its end: pod\/shop/);
    expect(await pids('shop')).toEqual(before);
    second.signal('SIGTERM');
    expect(await second.exitCode()).toBe(0);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
  });

  test('a second Ctrl-C leaves at once and says what is left', async () => {
    const stubborn = aProgram('web', {
      command: ['/usr/bin/sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done'],
    });
    const containers = [aContainer({ name: 'app', processes: [{ ...stubborn, stop: { graceSeconds: 60 } }] })];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers, terminationGracePeriodSeconds: 60 })));
    const process = dev();
    await process.says(/\| up/);
    process.signal('SIGINT');
    await process.says(/stopping pod\/shop/);
    expect(await process.interrupt()).toBe(130);
    expect(process.out).toMatch(/left behind: pod\/shop\n.*hint: podctl delete pod shop\n$/);
    await shop.instance.deletePod('shop', 0);
  });

  test('variables, env files and overlays are watched', async () => {
    const env = [{ name: 'A', value: 'x${A}' }];
    const print = ['/usr/bin/sh', '-c', 'echo "A=$A C=$C"; exec sleep 1000'];
    const containers = [
      aContainer({
        name: 'app',
        processes: [aProgram('web', { command: print, env, envFile: ['c.env'] }), aProgram('db')],
      }),
    ];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers })));
    save(
      'over.yaml',
      yamlOf({ apiVersion: 'podctl.dev/v1', kind: 'Pod', metadata: { name: 'shop', labels: { stage: 'dev' } } }),
    );
    save('.env', 'A=1\n');
    save('c.env', 'C=1\n');
    const process = dev('-f', 'pod.yaml', '-f', 'over.yaml');
    await process.says(/web +\| A=x1 C=1/);
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    save('.env', 'A=2\n');
    await process.says(/web +\| A=x2 C=1/);
    save('c.env', 'C=2\n');
    await process.says(/web +\| A=x2 C=2/);
    edit('over.yaml', 'stage: dev', 'stage: test');
    await process.says(/applied over\.yaml/);
    expect((await shop.instance.getPod('shop'))?.metadata.labels).toEqual({ stage: 'test' });
    save('.env', 'A=3\n');
    await process.says(/web +\| A=x3 C=2/);
    expect((await pids('shop')).db).toBe(before.db);
    expect(await process.interrupt()).toBe(0);
  });

  test('a ConfigMap beside the pod is applied with it: a changed key restarts who uses it, and it goes after the pod', async () => {
    const env = [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'conf', key: 'b' } } }];
    const print = ['/usr/bin/sh', '-c', 'echo "B=$B"; exec sleep 1000'];
    const processes = [aProgram('web', { command: print, env }), aProgram('db')];
    const pod = aPod({ name: 'shop', containers: [aContainer({ name: 'app', processes })] });
    const conf = (b: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { b } });
    save('pod.yaml', yamlOf(conf('one'), pod));
    const process = dev();
    await process.says(/web +\| B=one/);
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    save('pod.yaml', yamlOf(conf('two'), pod));
    await process.says(/web +\| B=two/);
    await process.says(/configmap\/conf configured/);
    expect((await pids('shop')).db).toBe(before.db);
    expect(await process.interrupt()).toBe(0);
    expect(process.out).toMatch(/pod\/shop deleted\n.*configmap\/conf\n.*configmap\/conf deleted\n$/);
    expect((await shop.instance.api('GET', '/api/v1/configmaps')).body.items).toEqual([]);
  });

  test('a hang-up tears down too, and so does a reader that leaves', async () => {
    save(
      'pod.yaml',
      shopOf(aProgram('web', { command: ['/usr/bin/sh', '-c', 'echo up; while :; do echo up; sleep 0.05; done'] })),
    );
    const first = dev();
    await first.says(/\| up/);
    first.signal('SIGHUP');
    expect(await first.exitCode()).toBe(0);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
    const second = dev();
    await second.says(/\| up/);
    second.stopReading();
    expect(await second.exitCode()).toBe(141);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
  });

  test('wrong manifests at the start end with 2, no manifest too', async () => {
    const nothing = await shop.instance.podctl(['dev', '-f', join(shop.dir, 'nope.yaml')]);
    expect(nothing).toMatchObject({ exitCode: 2 });
    expect(nothing.stderr).toMatch(/nope\.yaml:1:1: cannot be read: no such file or directory/);
    const none = start(['dev']);
    expect(await none.exitCode()).toBe(2);
    expect(none.err).toMatch(/no manifest here: looked for pod\.yaml, pod\.yml, podctl\.yaml, podctl\.yml/);
    save('a.yaml', yamlOf(aPod({ name: 'a' })));
    save('b.yaml', yamlOf(aPod({ name: 'b' })));
    const several = start(['dev']);
    expect(await several.exitCode()).toBe(2);
    expect(several.err).toMatch(/which manifest\? a\.yaml, b\.yaml hold pods/);
    const stdin = await shop.instance.podctl(['dev', '-f', '-']);
    expect(stdin).toMatchObject({ exitCode: 2 });
    expect(stdin.stderr).toMatch(/standard input cannot be watched/);
  });

  test('apply --watch --wait waits for pods, and tells when they are not ready in time', async () => {
    const slow = aProgram('web', { readiness: { exec: { command: ['/usr/bin/false'] } } });
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { A: 'b' } };
    save('pod.yaml', `${yamlOf(config)}---\n${shopOf(slow)}`);
    const process = start(['apply', '-f', 'pod.yaml', '--watch', '--wait', '--timeout', '1s']);
    await process.complains(/error: pod\/shop: not ready after 1s/);
    expect(await process.interrupt()).toBe(0);
    expect(process.err).not.toContain('settings');
    await shop.instance.podctlOk(['delete', 'configmap', 'settings']);
  });

  test('apply --watch applies and acts without logs, and leaves everything at the end', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const watch = [{ paths: ['src'], action: 'restart', debounce: '20ms' }];
    save(
      'pod.yaml',
      shopOf(
        aProgram('web', { command: ['/usr/bin/sh', '-c', 'while :; do echo tick; sleep 0.02; done'], dev: { watch } }),
        aProgram('db'),
      ),
    );
    const process = start(['apply', '-f', 'pod.yaml', '--watch', '--wait']);
    await process.says(/pod\/shop created/);
    await process.complains(/1\/1 ready/);
    save('src/a', '1');
    await process.says(/restarted shop\/app\/web, running/);
    edit('pod.yaml', 'name: db', 'name: cache');
    await process.says(/pod\/shop configured/);
    expect(await process.interrupt()).toBe(0);
    expect(process.out).not.toContain('tick');
    await waitFor('db has given way to cache', async () => {
      const { db, cache } = await pids('shop');
      return db === undefined && cache !== undefined;
    });
    expect(Object.keys(await pids('shop')).sort()).toEqual(['cache', 'web']);
  });
});
