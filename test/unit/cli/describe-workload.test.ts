import { describe, expect, test } from 'vitest';
import { describeData } from '../../../src/cli/describe-data.ts';
import type { WorkloadKind } from '../../../src/model/workload.ts';
import type { AppObject } from '../../../src/protocol/objects.ts';
import { ago, aPod, now } from './pod-builder.ts';

const template = (version = '1', labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: {
    containers: [{ name: 'app', image: `app:${version}`, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
  },
});

const aWorkload = <K extends WorkloadKind>(kind: K, spec: object, status: object = {}, name = 'web'): AppObject<K> =>
  ({
    ...{ apiVersion: 'apps/v1', kind },
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: ago(300_000) },
    ...{ spec, status },
  }) as unknown as AppObject<K>;

/** Without its columns. */
const pageOf = (...args: Parameters<typeof describeData>): string =>
  describeData(...args).replaceAll(/(?<=\S) {2,}/g, '  ');

const selector = { matchLabels: { app: 'web' } };
const phases = ['Running', 'Running', 'Pending', 'Succeeded', 'Failed'] as const;
const pods = phases.map((phase, index) => aPod({ name: `web-${index}`, status: { phase } }));
const podsStatus = 'Pods Status:  2 Running / 1 Waiting / 1 Succeeded / 1 Failed\n';

describe('a workload is described with', () => {
  test.each([
    ['ReplicaSet', { replicas: 3 }, { replicas: 5 }, 'Replicas:  5 current / 3 desired\n'],
    [
      'StatefulSet',
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { replicas: 5 },
      'Replicas:  3 desired | 5 total\nUpdate Strategy:  RollingUpdate\n  Partition:  2\nPod Management Policy:  OrderedReady\n',
    ],
    [
      'DaemonSet',
      {},
      { desiredNumberScheduled: 1, currentNumberScheduled: 1 },
      `Node-Selector:  <none>
Desired Number of Nodes Scheduled: 1
Current Number of Nodes Scheduled: 1
Number of Nodes Scheduled with Up-to-date Pods: 0
Number of Nodes Scheduled with Available Pods: 0
Number of Nodes Misscheduled: 0
Update Strategy:  RollingUpdate
`,
    ],
  ] as const)('how its pods are: %s', (kind, spec, status, head) => {
    const page = pageOf(aWorkload(kind, { selector, template: template(), ...spec }, status) as AppObject, { pods });
    expect(page).toContain(`Selector:  app=web\n${head}${podsStatus}Pod Template:\n`);
  });

  test('the ReplicaSets of a Deployment, old and new, and its conditions', () => {
    const conditions = [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }];
    const deployment = aWorkload('Deployment', { selector, template: template('3') }, { conditions });
    const sets = ['1', '2', '3'].map((version) =>
      aWorkload(
        'ReplicaSet',
        { replicas: Number(version), template: template(version, { 'pod-template-hash': version }) },
        { replicas: 1 },
        `web-${version}`,
      ),
    );
    const page = pageOf(deployment, { sets });
    expect(page).toContain('RollingUpdateStrategy:  25% max unavailable, 25% max surge\nPod Template:\n');
    expect(page).toContain(`Conditions:
  Type  Status  Reason
  ----  ------  ------
  Available  True  MinimumReplicasAvailable
OldReplicaSets:  web-1 (1/1 replicas created), web-2 (1/2 replicas created)
NewReplicaSet:  web-3 (1/3 replicas created)
`);
    const changed = aWorkload('Deployment', { selector, template: template('4') });
    expect(pageOf(changed, { sets: sets.slice(0, 1) })).toContain(
      'OldReplicaSets:  web-1 (1/1 replicas created)\nNewReplicaSet:  <none>\n',
    );
    expect(pageOf(changed)).not.toContain('ReplicaSets');
  });

  test('what its template says of accounts, volumes and places', () => {
    const { metadata, spec } = template();
    const whole = {
      metadata: { ...metadata, annotations: { note: 'x' } },
      spec: {
        ...{ ...spec, serviceAccountName: 'builder', priorityClassName: 'high', nodeSelector: { disk: 'ssd' } },
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    };
    const page = pageOf(aWorkload('Deployment', { selector, template: whole }));
    expect(page).toContain('  Labels:  app=web\n  Annotations:  note: x\n  Service Account:  builder\n  Containers:\n');
    expect(page).toContain(
      'Mounts:\n        /data from data (rw)\n  Volumes:\n    data:\n      Type:  PersistentVolumeClaim',
    );
    expect(page).toContain('  Priority Class Name:  high\n  Node-Selectors:  disk=ssd\n  Tolerations:  <none>\n');
  });

  test('the claims that a StatefulSet makes', () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const written = { selector, template: template() };
    expect(pageOf(aWorkload('StatefulSet', { ...written, volumeClaimTemplates: [claim] }))).toContain(`Volume Claims:
  Name:  data
  StorageClass:  local
  Labels:  <none>
  Annotations:  <none>
  Capacity:  1Gi
  Access Modes:  [ReadWriteOnce]
`);
    expect(pageOf(aWorkload('StatefulSet', written))).toContain('Volume Claims:  <none>\n');
  });
});

describe('a Job is described with', () => {
  const spec = { selector, template: template(), completions: 60, completionMode: 'Indexed' };

  test('how long it took, what ends it and which indexes are done', () => {
    const status = { startTime: ago(90_000), completionTime: ago(30_000), succeeded: 2, completedIndexes: '0,2' };
    const limits = { ttlSecondsAfterFinished: 100, activeDeadlineSeconds: 600 };
    const page = pageOf(aWorkload('Job', { ...spec, ...limits }, status));
    expect(page).toMatch(/Backoff Limit: {2}6\nTTL Seconds After Finished: {2}100\nStart Time: {2}.*\nCompleted At: /);
    expect(page).toContain(`Duration:  60s
Active Deadline Seconds:  600s
Pods Statuses:  0 Active (0 Ready) / 2 Succeeded / 0 Failed
Completed Indexes:  0,2
Pod Template:
`);
  });

  test.each([
    [undefined, '<none>'],
    [
      Array.from({ length: 60 }, (_, index) => index * 2).join(','),
      '0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,...',
    ],
  ])('as many indexes as fit: %s', (completedIndexes, shown) => {
    expect(pageOf(aWorkload('Job', spec, { completedIndexes }))).toContain(`Completed Indexes:  ${shown}\n`);
  });

  test('as a CronJob with its deadlines above the template, and below it what runs', () => {
    const job = { template: template(), parallelism: 2, activeDeadlineSeconds: 60 };
    const written = { schedule: '* * * * *', startingDeadlineSeconds: 10, jobTemplate: { spec: job } };
    const page = pageOf(aWorkload('CronJob', written, { active: [{ name: 'web-1' }, { name: 'web-2' }] }));
    expect(page).toContain(`Starting Deadline Seconds:  10s
Selector:  <unset>
Parallelism:  2
Completions:  <unset>
Active Deadline Seconds:  60s
Pod Template:
`);
    expect(page).toContain('Last Schedule Time:  <unset>\nActive Jobs:  web-1, web-2\n');
    expect(pageOf(aWorkload('CronJob', { jobTemplate: { spec: job } }))).toContain(
      'Starting Deadline Seconds:  <unset>\n',
    );
  });
});

test('a claim tells who uses it', () => {
  const claim = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: { ...aWorkload('Job', {}).metadata, finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { accessModes: ['ReadWriteOnce'] },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } },
  } as Parameters<typeof describeData>[0];
  expect(pageOf(claim, { pods: [...pods.slice(0, 2)].reverse(), nowMs: now })).toContain(`Volume:  pvc-uid-web
Finalizers:  [kubernetes.io/pvc-protection]
Capacity:  1Gi
Access Modes:  RWO
VolumeMode:  Filesystem
Used By:  web-0
`);
  expect(pageOf(claim)).toContain('Used By:  <none>\n');
});
