/** CronJobs that fire, failure policies of Jobs, DaemonSets, partitions of StatefulSets and claims of single pods, on the real kernel. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventObject, PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('workloads at work', () => {
  let instance: Instance;
  let shared = '';
  beforeAll(async () => {
    instance = await startInstance();
    shared = join(instance.base, 'shared');
    mkdirSync(shared);
  });
  afterAll(() => instance.stop());

  const shell = (script: string, fields: object = {}) => ({
    terminationGracePeriodSeconds: 1,
    volumes: [{ name: 'shared', hostPath: { path: shared } }],
    containers: [
      {
        ...{ name: 'main', image: 'host', command: ['sh', '-c', script] },
        volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
      },
    ],
    ...fields,
  });
  const sleeping = (word: string) => shell(`exec sleep 1000000 # ${word}`);
  const workload = (kind: string, name: string, spec: object) => ({
    ...{ apiVersion: 'podctl.dev/v1', kind, metadata: { name }, spec },
  });
  const items = async <T = PodObject>(path: string): Promise<readonly T[]> =>
    (await instance.api('GET', path)).body.items;
  const podsOf = (app: string) => items(`/api/v1/pods?labelSelector=app%3D${app}`);
  const object = async (path: string) => (await instance.api('GET', path)).body;
  const batch = '/apis/batch/v1/namespaces/default';

  test('a Job fails at once, goes on or counts its failures as its podFailurePolicy says', async () => {
    const rule = (action: string, value: number) => ({ action, onExitCodes: { operator: 'In', values: [value] } });
    const job = (name: string, script: string) =>
      workload('Job', name, {
        backoffLimit: name === 'fails' ? 6 : 0,
        podFailurePolicy: { rules: [rule('FailJob', 42), rule('Ignore', 7)] },
        template: { spec: shell(script, { restartPolicy: 'Never' }) },
      });
    await instance.apply(
      job('fails', 'exit 42'),
      job('goes-on', 'if [ -e /shared/tried ]; then exit 0; fi; touch /shared/tried; exit 7'),
      job('counts', 'exit 1'),
    );
    for (const [name, condition] of [
      ['fails', 'Failed'],
      ['counts', 'Failed'],
    ] as const)
      await instance.podctlOk(['wait', `--for=condition=${condition}`, `job/${name}`, '--timeout', '100s']);
    const { status } = await object(`${batch}/jobs/fails`);
    const [{ metadata }] = (await items('/api/v1/pods?labelSelector=job-name%3Dfails')) as readonly [PodObject];
    expect(status).toMatchObject({ failed: 1 });
    expect(status.conditions.at(-1)).toMatchObject({
      reason: 'PodFailurePolicy',
      message: `Container main for pod default/${metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
    });
    expect((await object(`${batch}/jobs/counts`)).status.conditions.at(-1)).toMatchObject({
      reason: 'BackoffLimitExceeded',
    });
    await instance.podctlOk(['delete', 'job/fails', 'job/counts']);
  });

  /** `goes-on` waits for its back-off meanwhile. */
  test('a CronJob fires, holds back or replaces what still runs, and keeps as many as it may', async () => {
    const cron = (concurrencyPolicy: string, more: object = {}) =>
      workload('CronJob', 'tick', {
        ...{ schedule: '@every 1s', concurrencyPolicy, successfulJobsHistoryLimit: 1, ...more },
        jobTemplate: {
          spec: {
            template: { spec: shell('until [ -e /shared/go ]; do sleep 0.1; done', { restartPolicy: 'Never' }) },
          },
        },
      });
    const jobs = async () => (await items(`${batch}/jobs`)).filter(({ metadata }) => metadata.name.startsWith('tick-'));
    const status = async () => (await object(`${batch}/cronjobs/tick`)).status ?? {};
    const active = async (): Promise<readonly string[]> =>
      ((await status()).active ?? []).map(({ name }: { name: string }) => name);
    const reasons = async () => (await items<EventObject>('/api/v1/events')).map(({ reason }) => reason);
    await instance.apply(cron('Forbid'));
    const [first] = await waitFor('a Job runs', async () =>
      (await active()).length === 1 ? await active() : undefined,
    );
    await waitFor('the next one is held back', async () => (await reasons()).includes('JobAlreadyActive'));
    expect(await active()).toEqual([first]);
    expect(await jobs()).toHaveLength(1);
    await instance.apply(cron('Replace'));
    await waitFor('another one is there instead', async () => {
      const names = (await jobs()).map(({ metadata }) => metadata.name);
      return names.length > 0 && !names.includes(first ?? '');
    });
    writeFileSync(join(shared, 'go'), '');
    await waitFor('one ends well', async () => (await status()).lastSuccessfulTime !== undefined);
    await instance.apply(cron('Allow', { suspend: true }));
    await waitFor('the last one ends, and the others are cleaned up', async () => {
      return (await active()).length === 0 && (await jobs()).length === 1;
    });
    await instance.podctlOk(['delete', 'cronjob/tick']);
    await waitFor('its Jobs go with it', async () => (await jobs()).length === 0);
  });

  const labelled = (app: string, spec: object) => ({
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec },
  });
  /** Waits for exactly so many pods, all ready and none about to go. */
  const readyPods = (app: string, count: number, is: (pod: PodObject) => boolean = () => true) =>
    waitFor(`${count} pods of ${app}`, async () => {
      const pods = await podsOf(app);
      const isAsWanted = (pod: PodObject) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && is(pod);
      return pods.length === count && pods.every(isAsWanted) ? pods : undefined;
    });
  const says = (word: string) => (pod: PodObject) => JSON.stringify(pod.spec).includes(`# ${word}`);
  const uidsOf = (pods: readonly PodObject[]) =>
    Object.fromEntries(pods.map(({ metadata: { name, uid } }) => [name, uid]));

  test('a DaemonSet has one pod, a new one for one that is deleted or out of date, and none afterwards', async () => {
    const daemon = (word: string) => workload('DaemonSet', 'agent', labelled('agent', sleeping(word)));
    await instance.apply(daemon('one'));
    const [first] = await readyPods('agent', 1);
    await instance.deletePod(first?.metadata.name ?? '');
    const [second] = await readyPods('agent', 1);
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
    await instance.apply(daemon('two'));
    await readyPods('agent', 1, says('two'));
    await instance.podctlOk(['rollout', 'status', 'daemonset/agent', '--timeout', '100s']);
    const { status } = await object('/apis/apps/v1/namespaces/default/daemonsets/agent');
    expect(status).toMatchObject({ desiredNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1 });
    await instance.podctlOk(['delete', 'daemonset/agent']);
    await waitFor('its pod is gone', async () => (await podsOf('agent')).length === 0);
  });

  test('a StatefulSet changes only what its partition lets it', async () => {
    const set = (word: string, partition: number) =>
      workload('StatefulSet', 'keep', {
        ...{ replicas: 3, serviceName: 'keep', podManagementPolicy: 'Parallel' },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
        ...labelled('keep', sleeping(word)),
      });
    await instance.apply(set('one', 2));
    const before = uidsOf(await readyPods('keep', 3));
    await instance.apply(set('two', 2));
    const isPartly = (pod: PodObject) => says(pod.metadata.name === 'keep-2' ? 'two' : 'one')(pod);
    const between = uidsOf(await readyPods('keep', 3, isPartly));
    expect(between).toMatchObject({ 'keep-0': before['keep-0'], 'keep-1': before['keep-1'] });
    await instance.deletePod('keep-0');
    const healed = await readyPods('keep', 3, isPartly);
    expect(uidsOf(healed)['keep-0']).not.toBe(before['keep-0']);
    await instance.apply(set('two', 0));
    const after = uidsOf(await readyPods('keep', 3, says('two')));
    expect(after['keep-2']).toBe(between['keep-2']);
    await instance.podctlOk(['delete', 'statefulset/keep']);
    await waitFor('its pods are gone', async () => (await podsOf('keep')).length === 0);
  });

  test('a volume that is a pod’s alone outlives its containers, and goes with it', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    const template = shell('echo begun >> /data/starts; exec sleep 1000000');
    await instance.apply(
      workload('Pod', 'single', {
        ...template,
        volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } }],
        containers: template.containers.map((one) => ({
          ...one,
          volumeMounts: [{ name: 'scratch', mountPath: '/data' }],
        })),
      }),
    );
    const pod = await instance.waitForPod('single', 'is ready', isReady);
    await instance.podctlOk(['restart', 'single']);
    await waitFor('it has begun again', async () => {
      const { stdout } = await instance.podctl(['exec', 'single', '--', 'cat', '/data/starts']);
      return stdout === 'begun\nbegun';
    });
    const place = join(instance.base, 'root/volumes', pod.metadata.uid, 'scratch');
    expect(existsSync(join(place, 'starts'))).toBe(true);
    await instance.deletePod('single');
    expect(existsSync(place)).toBe(false);
  });

  test('a Job whose failure is ignored goes on after its back-off, and completes', async () => {
    await instance.podctlOk(['wait', '--for=condition=Complete', 'job/goes-on', '--timeout', '100s']);
    expect(existsSync(join(shared, 'tried'))).toBe(true);
    expect((await object(`${batch}/jobs/goes-on`)).status).toMatchObject({ succeeded: 1 });
  });
});
