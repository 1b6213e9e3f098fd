/** Names as programs in pods resolve them, while pods come and go, and podd and podnet are killed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isReady } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

const service = (name: string, spec: Record<string, unknown>) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
});

describe.skipIf(whyNoRealKernel())('names in pods', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(
      service('cart', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
      service('db', { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'sql', port: 5432 }] }),
      service('outside', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
      aPod({ name: 'client' }),
      aPod({ name: 'web', labels: { app: 'web' }, hostname: 'front' }),
      aPod({ name: 'api', namespace: 'other' }),
      aPod({ name: 'db-0', labels: { app: 'db' }, hostname: 'db-0', subdomain: 'db' }),
      aPod({ name: 'db-1', labels: { app: 'db' }, hostname: 'db-1', subdomain: 'db' }),
    );
    for (const name of ['client', 'web', 'db-0', 'db-1']) await instance.waitForPod(name, 'is ready', isReady);
    await waitFor('api is ready', async () => {
      const pod = await instance.getPod('api', 'other');
      return pod !== undefined && isReady(pod);
    });
  });
  afterAll(() => instance.stop());

  const ipOf = async (name: string, namespace = 'default'): Promise<string> =>
    (await instance.getPod(name, namespace))?.status.podIP ?? 'none';
  const clusterIpOf = async (name: string): Promise<string> =>
    (await instance.api('GET', `/api/v1/namespaces/default/services/${name}`)).body.spec.clusterIP;

  /** What getaddrinfo(3) gives a program in the pod; empty: no such name. */
  async function resolved(name: string, pod = 'client'): Promise<string[]> {
    const { output } = await instance.exec(pod, ['getent', 'ahostsv4', name]);
    return [...new Set(output.match(/^\d+\.\d+\.\d+\.\d+/gm) ?? [])].toSorted();
  }

  test('of a pod, of its hostname, of a pod of another namespace', async () => {
    const web = [await ipOf('web')];
    for (const name of ['web', 'web.default', 'web.default.svc.cluster.local', 'front']) {
      expect(await resolved(name), name).toEqual(web);
    }
    expect(await resolved('api.other')).toEqual([await ipOf('api', 'other')]);
    expect(await resolved('api')).toEqual([]);
    expect(await resolved('front', 'web')).toEqual(web);
  });

  test('of Services: an address of its own, all pods of a headless one, an alias', async () => {
    expect(await resolved('cart')).toEqual([await clusterIpOf('cart')]);
    expect(await resolved('db')).toEqual([await ipOf('db-0'), await ipOf('db-1')].toSorted());
    expect(await resolved('db-1.db')).toEqual([await ipOf('db-1')]);
    expect(await resolved('outside')).toEqual([await ipOf('web')]);
  });

  test('of an address', async () => {
    const { output } = await instance.exec('client', ['getent', 'hosts', await ipOf('web')]);
    expect(output).toContain('web.default.svc.cluster.local');
  });

  test('are there for the first thing that a pod does', async () => {
    const look = aContainer({ command: ['/bin/sh', '-c', 'getent ahostsv4 eager && getent ahostsv4 cart'] });
    await instance.apply(aPod({ name: 'eager', restartPolicy: 'Never', containers: [look] }));
    const pod = await instance.waitForPod('eager', 'has ended', ({ status }) => /Succeeded|Failed/.test(status.phase));
    expect(pod.status.phase).toBe('Succeeded');
    await instance.deletePod('eager');
    await waitFor('its name is gone', async () => (await resolved('eager')).length === 0);
  });

  test('go on while podd is not there, and the next podd takes podnet over', async () => {
    const before = (await instance.system()).network.podnetPid;
    expect(before).toBeGreaterThan(0);
    const loop =
      'while :; do if getent ahostsv4 db-1.db >/dev/null; then echo found; else echo lost; fi; sleep 0.02; done';
    await instance.apply(aPod({ name: 'asker', containers: [aContainer({ command: ['/bin/sh', '-c', loop] })] }));
    const { metadata } = await instance.waitForPod('asker', 'is ready', isReady);
    const log = join(instance.base, `root/logs/default_asker_${metadata.uid}/main/0.log`);
    const count = (word: string): number => readFileSync(log, 'utf8').split(word).length - 1;
    const findsMore = async (when: string): Promise<void> => {
      const until = count('found') + 20;
      await waitFor(`names are found ${when}`, () => count('found') > until);
    };
    await waitFor('its log', () => existsSync(log));
    await findsMore('before');
    await instance.killPodd();
    await findsMore('without podd');
    await instance.startPodd();
    await findsMore('with the next podd');
    expect(count('lost')).toBe(0);
    expect((await instance.system()).network.podnetPid).toBe(before);
  });

  test('come back when podnet is killed', async () => {
    const before = (await instance.system()).network.podnetPid ?? 0;
    process.kill(before, 'SIGKILL');
    await waitFor('another podnet', async () => ((await instance.system()).network.podnetPid ?? before) !== before);
    const web = await ipOf('web');
    await waitFor('it answers', async () => (await resolved('web')).join() === web);
  });

  test('end with the last pod: no podnet is left', async () => {
    const pid = (await instance.system()).network.podnetPid ?? 0;
    await instance.deleteAll();
    await waitFor('podnet is gone', () => !existsSync(`/proc/${pid}`));
    expect((await instance.system()).network.podnetPid).toBeUndefined();
  });
});
