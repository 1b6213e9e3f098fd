/** A Deployment on the real kernel: its pods are replaced while a Service in front of them refuses nobody. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { namespaceOf } from '../support/network-namespace.ts';
import { isReady } from '../support/pods.ts';
import { startTraffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const port = 7;
const replicas = 3;

describeReal('a Deployment', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'echo' } },
    spec: { selector: { app: 'echo' }, ports: [{ port }] },
  };
  const deployment = (version: string) => ({
    ...{ apiVersion: 'podctl.dev/v1', kind: 'Deployment' },
    metadata: { name: 'echo', annotations: { 'kubernetes.io/change-cause': `version ${version}` } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'echo' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: 'echo' }, annotations: { version } },
        spec: {
          terminationGracePeriodSeconds: 10,
          containers: [
            aContainer({
              rootfs: { path: instance.payloadRoot() },
              processes: [
                {
                  ...{ name: 'echo', command: ['/payload', 'echo', String(port)] },
                  readiness: { tcpSocket: { port } },
                  // Connections that were on their way when the Service let go of the pod are still answered.
                  stop: { command: ['/payload', 'sleep', '1500'] },
                },
              ],
            }),
          ],
        },
      },
    },
  });

  const pods = async (): Promise<readonly PodObject[]> => (await instance.api('GET', '/api/v1/pods')).body.items;
  const standing = async (): Promise<readonly PodObject[]> =>
    (await pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const versions = async (): Promise<readonly (string | undefined)[]> =>
    (await standing()).map(({ metadata }) => metadata.annotations?.version);
  const rollOut = async (): Promise<void> => {
    expect(await instance.podctlOk(['rollout', 'status', 'deployment/echo', '--timeout', '100s'])).toContain(
      'deployment "echo" successfully rolled out',
    );
  };
  const all = (version: string): readonly string[] => Array.from({ length: replicas }, () => version);

  test('rolls out, over a kill of podd in the middle, and back, and no request fails', async () => {
    await instance.apply(service, deployment('1'));
    await rollOut();
    expect(await versions()).toEqual(all('1'));
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/echo');
    const way = { client: namespaceOf(process.pid), address: body.spec.clusterIP, port };
    const traffic = await startTraffic('ask', { name: 'machine to Service', ...way });
    try {
      await traffic.goesOn();
      await instance.apply(deployment('2'));
      await waitFor('a pod of the new version', async () => (await versions()).includes('2'));
      await instance.restartPodd();
      await rollOut();
      expect(await versions()).toEqual(all('2'));
      expect((await standing()).every(isReady)).toBe(true);
      expect(await instance.podctlOk(['rollout', 'undo', 'deployment/echo'])).toBe('deployment/echo rolled back');
      await rollOut();
      expect(await versions()).toEqual(all('1'));
      await traffic.goesOn();
      expect(traffic.failures()).toEqual([]);
    } finally {
      await traffic.stop();
    }
    expect((await instance.podctlOk(['rollout', 'history', 'deployment/echo'])).split('\n')).toEqual([
      'deployment/echo',
      'REVISION   CHANGE-CAUSE',
      '2          version 2',
      '3          version 1',
    ]);
  });

  test('is scaled, and found by its name where a pod is meant', async () => {
    expect(await instance.podctlOk(['scale', 'deployment/echo', '--replicas', '1'])).toBe('deployment/echo scaled');
    await waitFor('one pod is left', async () => (await pods()).length === 1);
    expect(await instance.podctlOk(['exec', 'deployment/echo', '--', '/payload', 'exit', '0'])).toBe('');
    expect(await instance.podctl(['restart', 'deployment/echo'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('podctl rollout restart deployment/echo'),
    });
  });

  test('is kept when podd ends with all pods, and makes them anew when it is back', async () => {
    const [before] = await pods();
    expect(await instance.podctlOk(['system', 'stop', '--pods'])).toBe('podd stopped');
    await instance.startPodd();
    await rollOut();
    const [now, ...others] = await pods();
    expect(others).toEqual([]);
    expect(now?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('leaves nothing when it is deleted', async () => {
    await instance.podctlOk(['delete', 'deployment/echo']);
    await waitFor('its pods are gone', async () => (await pods()).length === 0);
    const { body } = await instance.api('GET', '/apis/apps/v1/replicasets');
    expect(body.items).toEqual([]);
  });
});
