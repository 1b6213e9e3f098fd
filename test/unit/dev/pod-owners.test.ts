import { expect, test } from 'vitest';
import { keysOfPod } from '../../../src/dev/pod-owners.ts';
import { aPod } from '../../support/fake-reconciler.ts';

const owned = (kind: string, name: string, labels: Readonly<Record<string, string>> = {}) => {
  const pod = aPod({ name: 'x', labels });
  const owner = { apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true };
  return keysOfPod({ ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
};

test('a pod belongs to whoever made it, and to whoever made that', () => {
  expect(keysOfPod(aPod({ name: 'x' }))).toEqual(['Pod/default/x']);
  expect(owned('ReplicaSet', 'web-abc', { 'pod-template-hash': 'abc' })).toEqual([
    'Pod/default/x',
    'ReplicaSet/default/web-abc',
    'Deployment/default/web',
  ]);
  expect(owned('ReplicaSet', 'web')).toEqual(['Pod/default/x', 'ReplicaSet/default/web']);
  expect(owned('Job', 'tidy-29123456')).toEqual(['Pod/default/x', 'Job/default/tidy-29123456', 'CronJob/default/tidy']);
  expect(owned('StatefulSet', 'db')).toEqual(['Pod/default/x', 'StatefulSet/default/db']);
});
