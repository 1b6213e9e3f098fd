import { beforeEach, describe, expect, test } from 'vitest';
import type { AppObject } from '../../../src/protocol/objects.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server } = podctlAgainstServer();

const template = (version: string, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'app', image: `app:${version}` }] },
});
const key = { kind: 'Deployment', namespace: 'default', name: 'web' } as const;
const deployment = (): AppObject => server().reconciler.data.get(key) as AppObject;
const apply = (...manifests: readonly unknown[]) =>
  server().reconciler.apply({ manifests: manifests as never, dryRun: false });

const deploymentManifest = (version: string, more: object = {}) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template(version), ...more },
});

/** As its controller leaves them behind. */
const replicaSet = (revision: number, version: string, cause?: string) => ({
  ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  metadata: {
    name: `web-${version}`,
    annotations: {
      'deployment.kubernetes.io/revision': String(revision),
      ...(cause === undefined ? {} : { 'kubernetes.io/change-cause': cause }),
    },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: deployment().metadata.uid, controller: true },
    ],
  },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: template(version, { 'pod-template-hash': version }),
  },
});

const imageOf = (): unknown =>
  (deployment().spec.template as ReturnType<typeof template>).spec.containers.map(({ image }) => image);

describe('podctl rollout', () => {
  beforeEach(async () => {
    await apply(deploymentManifest('3'));
    await apply(replicaSet(3, '3'), replicaSet(2, '2', 'the second'), replicaSet(1, '1'));
  });

  test('history lists revisions and shows the template of one', async () => {
    expect((await podctl('rollout', 'history', 'deployment/web')).out).toBe(
      'deployment/web\nREVISION   CHANGE-CAUSE\n1          <none>\n2          the second\n3          <none>\n',
    );
    const { out } = await podctl('rollout', 'history', 'deploy', 'web', '--revision', '2');
    expect(out).toContain('deployment/web with revision #2\n');
    expect(out).toContain('image: app:2');
    expect(out).not.toContain('pod-template-hash');
  });

  test('undo goes back to the revision before, with its cause, or to the one asked for', async () => {
    expect(await podctl('rollout', 'undo', 'deployment/web')).toMatchObject({
      code: 0,
      out: 'deployment/web rolled back\n',
    });
    expect(imageOf()).toEqual(['app:2']);
    expect(deployment().metadata.annotations).toEqual({ 'kubernetes.io/change-cause': 'the second' });
    await podctl('rollout', 'undo', 'deployment/web', '--to-revision', '1');
    expect([imageOf(), deployment().metadata.annotations]).toEqual([['app:1'], {}]);
    expect((await podctl('rollout', 'undo', 'deployment/web', '--to-revision', '1')).out).toBe(
      'deployment/web skipped rollback (current template already matches revision 1)\n',
    );
  });

  test('undo refuses what it cannot go back to, and a Deployment that is paused', async () => {
    expect(await podctl('rollout', 'undo', 'deployment/web', '--to-revision', '9')).toMatchObject({
      code: 1,
      err: 'error: deployment "web" has no revision 9\nhint: it has 1, 2, 3\n',
    });
    expect((await podctl('rollout', 'pause', 'deployment/web')).out).toBe('deployment/web paused\n');
    const { code, err } = await podctl('rollout', 'undo', 'deployment/web');
    expect([code, err]).toEqual([
      1,
      'error: deployment "web" is paused: it cannot be rolled back\nhint: podctl rollout resume deployment/web\n',
    ]);
    expect(imageOf()).toEqual(['app:3']);
  });

  test('pause and resume set paused, once', async () => {
    await podctl('rollout', 'pause', 'deployment/web');
    expect(deployment().spec.paused).toBe(true);
    expect((await podctl('rollout', 'pause', 'deployment/web')).err).toBe('error: deployment/web is already paused\n');
    expect((await podctl('rollout', 'resume', 'deployment/web')).out).toBe('deployment/web resumed\n');
    expect(deployment().spec).not.toHaveProperty('paused');
    expect((await podctl('rollout', 'resume', 'deployment/web')).code).toBe(1);
  });

  test('restart marks the template with the time', async () => {
    expect((await podctl('rollout', 'restart', 'deployment/web')).out).toBe('deployment/web restarted\n');
    const { metadata } = deployment().spec.template as { metadata: { annotations: object } };
    expect(metadata.annotations).toHaveProperty(
      ['kubectl.kubernetes.io/restartedAt'],
      expect.stringMatching(/^\d{4}-/),
    );
  });

  test('status looks once without watching, and names what is not there', async () => {
    expect(await podctl('rollout', 'status', 'deployment/web', '--watch=false')).toMatchObject({
      code: 0,
      out: 'Waiting for deployment spec update to be observed...\n',
    });
    expect(await podctl('rollout', 'status', 'deployment/nobody')).toEqual({
      ...{ code: 1, out: '' },
      err: 'Error from server (NotFound): deployments "nobody" not found\n',
    });
    await podctl('rollout', 'undo', 'deployment/web');
    expect(await podctl('rollout', 'status', 'deployment/web', '--revision', '2')).toMatchObject({
      code: 1,
      err: 'error: desired revision (2) is different from the running revision (0)\n',
    });
    expect((await podctl('rollout', 'status', 'deployment/web', '--timeout', '100ms')).err).toBe(
      'error: not rolled out after 0.1s: Waiting for deployment spec update to be observed...\n',
    );
  });

  test.each([
    [['rollout', 'histry', 'deployment/web'], 'unknown "histry" (did you mean history?)'],
    [['rollout', 'status'], 'which workload?'],
    [['rollout', 'undo', 'replicaset/web'], 'this does not work on a replicaset'],
    [['scale', 'daemonset/web', '--replicas', '2'], 'this does not work on a daemonset'],
    [['scale', 'deployment/web', '--replicas', '-1'], '--replicas is 0 or more'],
  ])('%j is refused', async (words, message) => {
    const { code, err } = await podctl(...words);
    expect([code, err.split('\n')[0]]).toEqual([2, `error: ${message}`]);
  });

  test('scale sets the number of pods', async () => {
    expect((await podctl('scale', 'deployment/web', '--replicas', '7')).out).toBe('deployment/web scaled\n');
    expect(deployment().spec.replicas).toBe(7);
  });
});

describe('a pod of a Deployment', () => {
  const put = (name: string, isReady: boolean, owner: string) => {
    const condition = { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const pod = aPod({ name, labels: { app: 'web' }, status: { conditions: [condition as never] } });
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: owner, controller: true },
    ];
    server().reconciler.put({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
  };

  test('that is ready is taken where one is meant, and said', async () => {
    await apply(deploymentManifest('1'));
    await apply(replicaSet(1, '1'));
    const set = server().reconciler.data.get({ kind: 'ReplicaSet', namespace: 'default', name: 'web-1' });
    put('other', true, 'somebody');
    put('web-1-a', false, set?.metadata.uid ?? '');
    put('web-1-b', true, set?.metadata.uid ?? '');
    const { err } = await podctl('logs', 'deployment/web');
    expect(err).toContain('Found 2 pods, using pod/web-1-b\n');
  });

  test('is counted where its ReplicaSet is described, and that by the Deployment; those of others are not', async () => {
    await apply(deploymentManifest('2'));
    await apply(replicaSet(2, '2'), replicaSet(1, '1'));
    const set = server().reconciler.data.get({ kind: 'ReplicaSet', namespace: 'default', name: 'web-1' });
    put('other', true, 'somebody');
    put('web-1-a', true, set?.metadata.uid ?? '');
    expect((await podctl('describe', 'rs', 'web-1')).out).toMatch(
      /^Controlled By: +Deployment\/web\nReplicas: .*\nPods Status: +1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed$/m,
    );
    expect((await podctl('describe', 'deployment', 'web')).out).toMatch(
      /^OldReplicaSets: +web-1 \(0\/1 replicas created\)\nNewReplicaSet: +web-2 \(0\/1 replicas created\)$/m,
    );
  });

  test('is missed where there is none', async () => {
    await apply(deploymentManifest('1'));
    expect((await podctl('exec', 'deployment/web', '--', 'true')).err).toBe(
      'error: deployment/web has no pods\nhint: podctl describe deployment web says why\n',
    );
    expect((await podctl('logs', 'deployment/nobody')).err).toContain('deployments "nobody" not found');
  });

  test('restart leads to rollout restart', async () => {
    expect((await podctl('restart', 'deployment/web')).err).toBe(
      'error: deployment/web is no pod\nhint: podctl rollout restart deployment/web replaces its pods; podctl get pods lists them\n',
    );
  });
});

describe('podctl rollout of what keeps ControllerRevisions', () => {
  const set = { kind: 'StatefulSet', namespace: 'default', name: 'db' } as const;
  const find = (): AppObject => server().reconciler.data.get(set) as AppObject;
  /** As its controller leaves them behind. */
  const revision = (number: number, version: string, cause?: string) => ({
    ...{ apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number },
    metadata: {
      name: `db-${version}`,
      ...(cause === undefined ? {} : { annotations: { 'kubernetes.io/change-cause': cause } }),
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: find().metadata.uid, controller: true },
      ],
    },
    data: { spec: { template: { ...template(version), $patch: 'replace' } } },
  });

  beforeEach(async () => {
    await apply({
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' } },
      spec: { serviceName: 'db', selector: { matchLabels: { app: 'web' } }, template: template('2') },
    });
    await apply(revision(3, '2'), revision(2, '1', 'the first'));
  });

  test('history and undo go by them', async () => {
    expect((await podctl('rollout', 'history', 'statefulset/db')).out).toBe(
      'statefulset/db\nREVISION   CHANGE-CAUSE\n2          the first\n3          <none>\n',
    );
    const { out } = await podctl('rollout', 'history', 'sts/db', '--revision', '2');
    expect(out).toContain('image: app:1');
    expect(out).not.toContain('$patch');
    expect((await podctl('rollout', 'undo', 'sts/db')).out).toBe('statefulset/db rolled back\n');
    expect([find().spec.template, find().metadata.annotations]).toEqual([template('1'), undefined]);
    expect((await podctl('rollout', 'undo', 'sts/db', '--to-revision', '2')).out).toContain('skipped rollback');
    expect((await podctl('rollout', 'undo', 'sts/db', '--to-revision', '9')).err).toBe(
      'error: statefulset "db" has no revision 9\nhint: it has 2, 3\n',
    );
  });

  test('get lists them with whose they are', async () => {
    const { out } = await podctl('get', 'controllerrevisions');
    expect(out).toMatch(
      /^NAME +CONTROLLER +REVISION +AGE\ndb-1 +statefulset.apps\/db +2 .*\ndb-2 +statefulset.apps\/db +3 /,
    );
    expect((await podctl('describe', 'controllerrevision', 'db-1')).out).toMatch(
      /^Controlled By: +statefulset.apps\/db\nRevision: +2\n/m,
    );
  });
});
