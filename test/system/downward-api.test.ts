/** What programs are told of their pod and its Services: known only when they start, and kept while they run. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isReady } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const web = (labels: Readonly<Record<string, string>>, other: Readonly<Record<string, unknown>> = {}) =>
  aPod({
    name: 'web',
    labels,
    containers: [
      aContainer({
        resources: { limits: { memory: '64Mi', cpu: '1500m' } },
        env: [
          field('POD_IP', 'status.podIP'),
          field('TIER', "metadata.labels['tier']"),
          field('NODE_IP', 'status.hostIP'),
          { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          { name: 'URL', value: 'http://$(POD_IP):$(CART_SERVICE_PORT)/' },
        ],
        processes: [aProgram('one', { args: ['1000000'] }), aProgram('two', other)],
      }),
    ],
  });

const cart = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' }, spec: { ports: [{ port: 8080 }] } };

describe.skipIf(whyNoRealKernel())('a pod is told of itself', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    await instance.apply(cart, web({ tier: 'front' }));
    await instance.waitForPod('web', 'is ready', isReady);
  });
  afterAll(() => instance.stop());

  const environment = async (): Promise<Readonly<Record<string, string>>> => {
    await waitFor('one runs', async () => (await programPids()).one !== undefined);
    const environ = readFileSync(`/proc/${(await programPids()).one}/environ`, 'utf8');
    return Object.fromEntries(environ.split('\0').map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  };
  const programPids = async () => {
    const { body } = await instance.api('GET', '/apis/podctl.dev/v1/namespaces/default/programs?pod=web');
    return Object.fromEntries(
      body.items.flatMap(({ programs }: { programs: { label: string; hostPid?: number }[] }) =>
        programs.map(({ label, hostPid }) => [label, hostPid]),
      ),
    );
  };

  test('by variables, and by texts that use them', async () => {
    const { status } = await instance.waitForPod('web', 'is ready', isReady);
    const clusterIP = (await instance.api('GET', '/api/v1/namespaces/default/services/cart')).body.spec.clusterIP;
    expect(await environment()).toMatchObject({
      ...{ POD_IP: status.podIP, NODE_IP: status.hostIP, TIER: 'front', MEMORY: '64' },
      ...{ URL: `http://${status.podIP}:8080/`, CART_SERVICE_HOST: clusterIP, CART_PORT_8080_TCP_PROTO: 'tcp' },
    });
  });

  test('and what runs is left alone when a label changes, Services come and go, podd is killed, another program changes', async () => {
    const pod = await instance.waitForPod('web', 'is ready', isReady);
    await waitFor('both run', async () => Object.values(await programPids()).filter(Boolean).length === 2);
    const before = await programPids();
    await instance.apply(web({ tier: 'back' }), { ...cart, metadata: { name: 'late' } });
    await instance.killPodd();
    await instance.startPodd();
    await instance.apply(web({ tier: 'back' }, { env: { NEW: '1' } }));
    await waitFor('two runs anew', async () => {
      const now = await programPids();
      return now.two !== undefined && now.two !== before.two;
    });
    expect((await programPids()).one).toBe(before.one);
    const now = await instance.waitForPod('web', 'is ready', isReady);
    expect(initPid(now)).toBe(initPid(pod));
    expect(await environment()).toMatchObject({ TIER: 'front' });
  });

  test('a new start tells it anew', async () => {
    const before = initPid(await instance.waitForPod('web', 'is ready', isReady));
    process.kill(before, 'SIGKILL');
    await instance.waitForPod('web', 'runs anew', (pod) => isReady(pod) && containerOf(pod).restartCount === 1);
    expect(await environment()).toMatchObject({ TIER: 'back', LATE_SERVICE_PORT: '8080' });
  });
});
