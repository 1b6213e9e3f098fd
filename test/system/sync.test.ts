/** podctl cp and sync: files into containers that run, whatever the containers do meanwhile. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SyncResponse } from '../../src/protocol/api.ts';
import type { ApiReply } from '../support/api-client.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('sync', () => {
  let instance: Instance;
  let host: string;
  beforeAll(async () => {
    instance = await startInstance();
    host = join(instance.base, 'host');
    mkdirSync(host);
    writeFileSync(join(host, 'file'), 'content');
    await instance.apply(aPod({ name: 'box' }));
    await instance.waitForPod('box', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  const inBox = async (script: string): Promise<string> => (await instance.exec('box', ['sh', '-c', script])).output;
  const sync = (body: Record<string, unknown>, pod = 'box'): Promise<ApiReply> =>
    instance.api('POST', `/apis/podctl.dev/v1/namespaces/default/pods/${pod}/sync`, body);
  const put = async (...targets: readonly string[]): Promise<SyncResponse> =>
    (await sync({ files: targets.map((to) => ({ from: join(host, 'file'), to })) })).body;

  test('a tree of a thousand files arrives as it is', async () => {
    for (let i = 0; i < 1_000; i++) {
      mkdirSync(join(host, `tree/d${i % 10}`), { recursive: true });
      writeFileSync(join(host, `tree/d${i % 10}/f${i}`), `file ${i}`);
    }
    mkdirSync(join(host, 'tree/empty'));
    symlinkSync('d1/f1', join(host, 'tree/link'));
    chmodSync(join(host, 'tree/d1/f1'), 0o755);
    const { exitCode, stdout, stderr } = await instance.podctl(['cp', join(host, 'tree'), 'box:/srv/app']);
    expect([exitCode, stderr, stdout]).toEqual([0, '', '1013 copied to box/main:/srv/app (7.7Ki)']);
    expect(
      await inBox('cd /srv/app && find . -type f | wc -l && cat link && echo && stat -c "%a %U" d1/f1 && ls -d empty'),
    ).toBe('1000\nfile 1\n755 root\nempty');
    expect(await inBox('ls -A /srv/app/d1 | grep -c podctl')).toBe('0');
  });

  test('several go into a directory; what cannot be copied is named and the rest is', async () => {
    const words = ['cp', join(host, 'file'), join(host, 'tree/d2/f2'), 'box/main:/usr'];
    const refused = await instance.podctl(words);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('/usr/f2: the file system is read-only (EROFS)');
    await instance.podctlOk([...words.slice(0, -1), 'box/main:/srv/two/']);
    expect(await inBox('cat /srv/two/file /srv/two/f2')).toBe('contentfile 2');
  });

  test('a full file system is told, and nothing is left of the try', async () => {
    writeFileSync(join(host, 'large'), '');
    truncateSync(join(host, 'large'), 100 << 20);
    const { body } = await sync({ files: [{ from: join(host, 'large'), to: '/dev/shm/large' }] });
    expect(body.skipped).toEqual([{ path: '/dev/shm/large', why: 'no space is left (ENOSPC)' }]);
    expect(await inBox('ls -A /dev/shm')).toBe('');
  });

  test('podd answers others while it copies a large file', async () => {
    truncateSync(join(host, 'large'), 60 << 20);
    const done: string[] = [];
    const copy = sync({ files: [{ from: join(host, 'large'), to: '/dev/shm/large' }] }).then(() => done.push('copied'));
    await instance.api('GET', '/healthz').then(() => done.push('healthy'));
    await copy;
    expect(done).toEqual(['healthy', 'copied']);
    expect(await inBox('stat -c %s /dev/shm/large && rm /dev/shm/large')).toBe(String(60 << 20));
  });

  test.each([
    ['/etc', '/etc'],
    ['../../../../../../../etc', '/etc'],
    ['/proc/1/root/etc', undefined],
    ['/proc/1/cwd', undefined],
  ])('a symlink to %s in the place of the target leads nowhere on this machine', async (target, place) => {
    await inBox(`rm -rf /srv/way && mkdir -p /srv && ln -s ${target} /srv/way`);
    const { copied, skipped } = await put('/srv/way/podctl-sync-test');
    expect(existsSync('/etc/podctl-sync-test')).toBe(false);
    if (place === undefined) {
      expect([copied, skipped.map(({ path }) => path)]).toEqual([0, ['/srv/way/podctl-sync-test']]);
    } else {
      expect(copied).toBe(1);
      expect(await inBox(`cat ${place}/podctl-sync-test`)).toBe('content');
      const removal = await sync({ remove: ['/srv/way/podctl-sync-test', '/srv/way/no-such-file'] });
      expect(removal.body.removed).toBe(1);
      expect(await inBox(`ls ${place} | grep -c podctl`)).toBe('0');
    }
  });

  test('a container that swaps directory and symlink all the time gets all in its own root, or nowhere', async () => {
    const etc = readdirSync('/etc').sort();
    const swap =
      'mkdir -p /srv/swap; cd /srv; while [ ! -e stop ]; do mv swap kept; ln -s /etc swap; rm swap; mv kept swap; done';
    const swapping = instance.exec('box', ['sh', '-c', swap]);
    for (let round = 0; round < 10; round++) {
      await put(...Array.from({ length: 100 }, (_, i) => `/srv/swap/podctl-swap-${round}-${i}`));
      await sync({ remove: Array.from({ length: 100 }, (_, i) => `/srv/swap/podctl-swap-${round}-${i}`) });
    }
    await put('/srv/stop');
    await swapping;
    expect(readdirSync('/etc').sort()).toEqual(etc);
    await inBox('rm -rf /srv/stop /srv/swap /srv/kept /etc/podctl-swap-*');
  });

  test('removal takes what is named and nothing that it leads to', async () => {
    await inBox(
      'mkdir -p /srv/rm/deep/er /srv/safe; touch /srv/rm/deep/er/f /srv/safe/kept; ln -s /srv/safe /srv/rm/link',
    );
    await inBox('ln -s /srv/safe /srv/rm/deep/link');
    const { body } = await sync({ remove: ['/srv/rm/link', '/srv/rm/deep', '/srv/rm/nothing'] });
    expect(body).toEqual({ copied: 0, removed: 2, bytes: 0, skipped: [] });
    expect(await inBox('ls -A /srv/rm; ls /srv/safe')).toBe('kept');
  });

  test('files belong to whom the directory belongs to', async () => {
    await inBox('mkdir -p /srv/home && chown 1234:5678 /srv/home');
    await put('/srv/home/new/f');
    expect(await inBox('stat -c "%u:%g" /srv/home/new /srv/home/new/f')).toBe('1234:5678\n1234:5678');
  });

  test('a container that does not run is refused with what to do', async () => {
    await instance.podctlOk(['stop', 'box', '--no-wait']);
    await instance.waitForPod('box', 'is stopped', ({ status }) => !isAnyRunning(status.containerStatuses));
    const { exitCode, stderr } = await instance.podctl(['cp', join(host, 'file'), 'box:/srv/f']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('container box/main is not running');
    expect(stderr).toContain('podctl start box/main');
    await instance.podctlOk(['start', 'box']);
    await instance.podctlOk(['cp', join(host, 'file'), 'box:/srv/f']);
    expect(await inBox('cat /srv/f')).toBe('content');
  });

  test('a restart meanwhile is told, and the new container gets the next', async () => {
    const before = (await instance.getPod('box'))?.status.containerStatuses[0]?.restartCount;
    const targets = Array.from({ length: 20_000 }, (_, i) => `/srv/many/f${i}`);
    const files = targets.map((to) => ({ from: join(host, 'file'), to }));
    const copying = sync({ files });
    await waitFor('the first files are there', async () => (await inBox('ls /srv/many')).includes('f1'));
    await inBox('kill -9 -1; kill 1').catch(() => undefined);
    const { status, body } = await copying;
    expect(status).toBe(409);
    expect(body.message).toMatch(/^container box\/main ended meanwhile \(\d+ of 20000 copied\)$/);
    await instance.waitForPod(
      'box',
      'runs again',
      (pod) => isRunning(pod) && pod.status.containerStatuses[0]?.restartCount !== before,
    );
    expect((await put('/srv/again')).copied).toBe(1);
    expect(await inBox('cat /srv/again; ls -A /srv')).toBe('contentagain');
  });

  test('nothing of a copy stays behind in podd', async () => {
    const { pid } = await instance.system();
    const open = () => readdirSync(`/proc/${pid}/fd`).length;
    const before = open();
    await put('/srv/a', '/usr/b', '/srv/c/d/e', '/no/such');
    rmSync(join(host, 'tree'), { recursive: true });
    await waitFor('descriptors are closed', () => open() <= before);
  });
});

const isAnyRunning = (statuses: readonly { readonly state: object }[]): boolean =>
  statuses.some(({ state }) => 'running' in state);
