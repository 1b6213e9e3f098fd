/** Namespaces, claims and workloads as objects: what they are shown as, what goes with them, and what pruning takes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aPod, yamlOf } from '../support/manifest.ts';
import { inRepository } from '../support/repository.ts';

const labels = { app: 'shop' };

const aConfigMap = (name: string, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } },
  metadata: { name, ...metadata },
});
const aClaim = (name: string, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, ...metadata } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
/** It makes nothing: it is suspended. */
const aCronJob = (name: string, metadata: object = {}) => ({
  ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, ...metadata } },
  spec: {
    ...{ schedule: '0 0 1 1 *', suspend: true },
    jobTemplate: {
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'host', command: ['true'] }] } },
      },
    },
  },
});

describeReal('objects of many kinds', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const uidOf = async (kind: string, name: string): Promise<string> =>
    await instance.podctlOk(['get', kind, name, '-o', 'jsonpath={.metadata.uid}']);

  test('a namespace comes with the first thing in it, and goes with all of it', async () => {
    const namespace = 'shop';
    await instance.apply(
      aPod({ namespace, name: 'web' }),
      aConfigMap('c', { namespace }),
      aCronJob('tick', { namespace }),
    );
    const running = '--for=jsonpath={.status.phase}=Running';
    await instance.podctlOk(['wait', running, 'pod/web', '-n', namespace, '--timeout=60s']);
    expect(await instance.podctlOk(['get', 'namespaces', '-o', 'name'])).toBe('namespace/default\nnamespace/shop');
    expect(await instance.podctlOk(['get', 'pods,cj', '-n', namespace, '--no-headers'])).toMatch(
      /^pod\/web .*Running.*\n\ncronjob\/tick +0 0 1 1 \* +<none> +True +0 +<none>/,
    );
    expect(await instance.podctlOk(['delete', 'ns', namespace])).toBe('namespace "shop" deleted');
    expect(await instance.podctlOk(['get', 'ns', '-o', 'name'])).toBe('namespace/default');
    for (const kind of ['pods', 'configmaps', 'cronjobs'])
      expect(await instance.podctlOk(['get', kind, '-A', '-o', 'name']), kind).toBe('');
    const refused = await instance.podctl(['delete', 'ns', 'default']);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('this namespace may not be deleted'),
    });
  });

  test('what an object owns goes after it, before it, or stays', async () => {
    for (const cascade of ['background', 'foreground', 'orphan']) {
      await instance.apply(aCronJob('owner'));
      const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'owner', uid: await uidOf('cj', 'owner') };
      const pod = aPod();
      const metadata = { name: 'owned', ownerReferences: [owner] };
      await instance.apply({ ...pod, metadata }, aConfigMap('owned', { ownerReferences: [owner] }));
      await instance.podctlOk(['delete', 'cj/owner', `--cascade=${cascade}`]);
      if (cascade === 'orphan') {
        expect(await instance.podctlOk(['get', 'po,cm', 'owned', '-o', 'name'])).toBe('pod/owned\nconfigmap/owned');
        await instance.podctlOk(['delete', 'po/owned', 'cm/owned']);
      } else {
        await instance.podctlOk(['wait', '--for=delete', 'pod/owned', '--timeout=60s']);
        await instance.podctlOk(['wait', '--for=delete', 'cm/owned', '--timeout=60s']);
      }
    }
  });

  test('each kind is unchanged when what was got is applied', async () => {
    const workload = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: aPod({}).spec } };
    const objects = [
      ...['Deployment', 'ReplicaSet', 'StatefulSet'].map((kind) => ({
        ...{ apiVersion: 'podctl.dev/v1', kind, metadata: { name: kind.toLowerCase() } },
        spec: { ...workload, replicas: 0 },
      })),
      ...[aCronJob('tick'), aClaim('data'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'empty' } }],
    ];
    await instance.apply(...objects);
    const yaml = await instance.podctlOk(['get', 'deploy,rs,sts,cj,pvc,ns', '-o', 'yaml']);
    const diff = await instance.podctl(['diff', '-f', '-'], { stdin: yaml });
    expect(diff).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await instance.podctlOk(['get', 'pvc', 'data', '--no-headers'])).toMatch(
      /^data +Bound +pvc-[0-9a-f-]{36} +1Gi +RWO +local/,
    );
    for (const kind of ['deploy', 'rs', 'sts', 'cj', 'pvc', 'ns'])
      expect(await instance.podctlOk(['describe', kind]), kind).toMatch(/^Name: /);
    await instance.podctlOk(['delete', 'deploy,rs,sts,cj,pvc', '--all']);
    await instance.podctlOk(['delete', 'ns/empty']);
  });

  test('pruning takes what the selector finds and the file does not hold', async () => {
    const both = [aConfigMap('kept', { labels }), aClaim('dropped', { labels })];
    await instance.apply(...both, aConfigMap('stranger'));
    const stdin = yamlOf(aConfigMap('kept', { labels }));
    const prune = ['apply', '-f', '-', '--prune', '-l', 'app=shop'];
    const dry = await instance.podctlOk([...prune, '--dry-run'], { stdin });
    expect(dry).toBe('configmap/kept unchanged (dry run)\npersistentvolumeclaim/dropped pruned (dry run)');
    expect(await instance.podctlOk(prune, { stdin })).toBe(
      'configmap/kept unchanged\npersistentvolumeclaim/dropped pruned',
    );
    expect(await instance.podctlOk(['get', 'cm,pvc', '-o', 'name'])).toBe('configmap/kept\nconfigmap/stranger');
    await instance.podctlOk(['delete', 'cm', '--all']);
  });

  test('what kubectl printed of a cluster runs here, and nothing is said of it', async () => {
    const directory = 'test/support/kubectl-objects';
    const names = ['settings', 'secret', 'claim', 'pod', 'probed-pod', 'staged-pod', 'deployment', 'service', 'job'];
    const args = names.flatMap((name) => ['-f', inRepository(`${directory}/${name}.yaml`)]);
    const { exitCode, stderr } = await instance.podctl(['apply', ...args]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const pods = ['pod/plain', 'pod/probed', 'pod/staged', 'deployment/shop'];
    await instance.podctlOk(['rollout', 'status', 'deployment/shop', '--timeout=60s']);
    await instance.podctlOk(['wait', '--for=condition=Ready', ...pods.slice(0, 3), '--timeout=60s']);
    await instance.podctlOk(['wait', '--for=condition=Complete', 'job/count', '--timeout=60s']);
    const token = ['cat', '/var/run/secrets/kubernetes.io/serviceaccount/namespace'];
    expect(await instance.podctlOk(['exec', 'plain', '--', ...token])).toBe('default');
    const address = await instance.podctlOk(['get', 'svc', 'shop', '-o', 'jsonpath={.spec.clusterIP}']);
    expect(address).not.toBe('10.96.201.17');
    await instance.podctlOk(['delete', ...pods, 'svc/shop', 'job/count', '--grace-period=1']);
    await instance.podctlOk(['delete', 'pvc/kubectl-claim', 'cm/kubectl-settings', 'secret/kubectl-secret']);
  });

  test('a file of what means nothing here is no failure, and says so once', async () => {
    const stdin = yamlOf({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
    const { exitCode, stderr, stdout } = await instance.podctl(['apply', '-f', '-'], { stdin });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('means nothing on one machine, skipped: ServiceAccount robot (line 2)');
  });
});
