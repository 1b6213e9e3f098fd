/** Jobs, CronJobs and StatefulSets on the real kernel, with kills of podd in between. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('what is numbered and what ends', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const shell = (script: string, volumeMounts: readonly object[] = []) => ({
    ...{ name: 'main', image: 'host', command: ['sh', '-c', script] },
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  });
  const pods = async (label: string): Promise<readonly PodObject[]> =>
    (await instance.api('GET', `/api/v1/pods?labelSelector=${encodeURIComponent(label)}`)).body.items;
  const object = async (path: string) => (await instance.api('GET', path)).body;

  const part = `until [ -e /go/now ]; do sleep 0.1; done; echo "part $JOB_COMPLETION_INDEX"; [ $JOB_COMPLETION_INDEX != 1 ]`;
  const job = (go: string) => ({
    ...{ apiVersion: 'podctl.dev/v1', kind: 'Job', metadata: { name: 'parts' } },
    spec: {
      ...{ completions: 3, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 },
      template: {
        spec: {
          restartPolicy: 'Never',
          volumes: [{ name: 'go', hostPath: { path: go } }],
          containers: [shell(part, [{ name: 'go', mountPath: '/go' }])],
        },
      },
    },
  });
  const jobPath = '/apis/batch/v1/namespaces/default/jobs/parts';

  test('an indexed Job runs each part once, over a kill of podd, and tells which one failed', async () => {
    const go = join(instance.base, 'go');
    mkdirSync(go);
    await instance.apply(job(go));
    await waitFor('two parts run', async () => (await pods('job-name=parts')).filter(isReady).length === 2);
    await instance.restartPodd();
    writeFileSync(join(go, 'now'), '');
    await instance.podctlOk(['wait', '--for=condition=Failed', 'job/parts', '--timeout', '100s']);
    const { status } = await object(jobPath);
    expect(status).toMatchObject({ succeeded: 2, failed: 1, completedIndexes: '0,2', failedIndexes: '1' });
    expect(status.conditions.at(-1)).toMatchObject({ type: 'Failed', reason: 'FailedIndexes' });
    const names = (await pods('job-name=parts')).map(({ metadata }) => metadata.name.replace(/-\w{5}$/, '')).sort();
    expect(names).toEqual(['parts-0', 'parts-1', 'parts-2']);
    const [second] = await pods('batch.kubernetes.io/job-completion-index=1');
    expect(second?.status.phase).toBe('Failed');
    expect(await instance.podctlOk(['logs', second?.metadata.name ?? ''])).toBe('part 1');
  });

  test('its counts stay when its pods are cleaned up, and its pods go with it', async () => {
    for (const { metadata } of await pods('job-name=parts')) await instance.podctlOk(['delete', 'pod', metadata.name]);
    await waitFor('its pods are gone', async () => (await pods('job-name=parts')).length === 0);
    expect((await object(jobPath)).status).toMatchObject({ succeeded: 2, failed: 1 });
    await instance.podctlOk(['delete', 'job/parts']);
    expect((await instance.api('GET', jobPath)).status).toBe(404);
  });

  test('a Job is made of a CronJob by hand, and goes with it', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [shell('echo tick')] } };
    await instance.apply({
      ...{ apiVersion: 'podctl.dev/v1', kind: 'CronJob', metadata: { name: 'yearly' } },
      spec: { schedule: '@yearly', timeZone: 'Etc/UTC', jobTemplate: { spec: { template } } },
    });
    expect(await instance.podctlOk(['create', 'job', 'now', '--from=cronjob/yearly'])).toBe('job/now created');
    await instance.podctlOk(['wait', '--for=condition=Complete', 'job/now', '--timeout', '100s']);
    expect(await instance.podctlOk(['logs', 'job/now'])).toBe('tick');
    const cron = '/apis/batch/v1/namespaces/default/cronjobs/yearly';
    await waitFor('the CronJob knows', async () => (await object(cron)).status?.lastSuccessfulTime !== undefined);
    await instance.podctlOk(['delete', 'cronjob/yearly']);
    await waitFor('its pod is gone', async () => (await pods('job-name=now')).length === 0);
  });

  const stateful = (replicas: number) => ({
    ...{ apiVersion: 'podctl.dev/v1', kind: 'StatefulSet', metadata: { name: 'keep' } },
    spec: {
      ...{ replicas, serviceName: 'keepers', selector: { matchLabels: { app: 'keep' } } },
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' },
      template: {
        metadata: { labels: { app: 'keep' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            shell('echo "$HOSTNAME" >> /data/starts; exec sleep 1000000', [{ name: 'data', mountPath: '/data' }]),
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
        },
      ],
    },
  });
  const readyPods = async (count: number): Promise<readonly PodObject[]> => {
    let found: readonly PodObject[] = [];
    await waitFor(`${count} pods are ready`, async () => {
      found = await pods('app=keep');
      return (
        found.length === count && found.every((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined)
      );
    });
    return found;
  };
  const claims = async (): Promise<readonly string[]> =>
    (await object('/api/v1/persistentvolumeclaims')).items.map((one: PodObject) => one.metadata.name).sort();

  test('a pod of a StatefulSet comes back under its name, with its data, over a kill of podd', async () => {
    await instance.apply(stateful(2));
    const before = await readyPods(2);
    expect(before.map(({ metadata }) => metadata.name).sort()).toEqual(['keep-0', 'keep-1']);
    await instance.podctlOk(['delete', 'pod', 'keep-1', '--wait=false']);
    await instance.restartPodd();
    const old = before.find(({ metadata }) => metadata.name === 'keep-1')?.metadata.uid;
    await instance.waitForPod('keep-1', 'is another one', (pod) => pod.metadata.uid !== old && isReady(pod));
    await waitFor('it has begun', async () => {
      const starts = await instance.podctl(['exec', 'keep-1', '--', 'cat', '/data/starts']);
      return starts.stdout.trim() === 'keep-1\nkeep-1';
    });
    expect(await claims()).toEqual(['data-keep-0', 'data-keep-1']);
  });

  test('made smaller it loses the highest pod, and that one’s claim where it is told to', async () => {
    await instance.podctlOk(['scale', 'statefulset/keep', '--replicas', '1']);
    expect((await readyPods(1)).map(({ metadata }) => metadata.name)).toEqual(['keep-0']);
    await waitFor('its claim is gone', async () => (await claims()).join() === 'data-keep-0');
    await instance.podctlOk(['delete', 'statefulset/keep']);
    await waitFor('its pod is gone', async () => (await pods('app=keep')).length === 0);
    expect(await claims()).toEqual(['data-keep-0']);
    await instance.podctlOk(['delete', 'pvc', 'data-keep-0']);
  });
});
