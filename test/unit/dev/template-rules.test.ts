import { describe, expect, test } from 'vitest';
import { rulesInPods, rulesOfTemplate, templatePods } from '../../../src/dev/template-rules.ts';
import type { ObjectManifest } from '../../../src/model/object-manifest.ts';
import { aPod } from '../../support/fake-reconciler.ts';

const watch = (path: string) => ({ watch: [{ paths: [path], action: 'restart' }] });
const spec = {
  containers: [{ name: 'app', dev: watch('/src'), processes: [{ name: 'web', command: ['x'], dev: watch('/web') }] }],
};
const manifests = [
  {
    ...{ apiVersion: 'podctl.dev/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } },
    spec: { template: { spec } },
  },
  {
    ...{ apiVersion: 'podctl.dev/v1', kind: 'CronJob', metadata: { name: 'clean' } },
    spec: { jobTemplate: { spec: { template: { spec } } } },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'text' } },
] as unknown as readonly ObjectManifest[];

const [ofDeployment, ofCronJob] = templatePods(manifests).map(rulesOfTemplate);

test('templates of all kinds have rules, of containers and of programs', () => {
  expect(ofDeployment).toMatchObject([
    { id: 'shop/deployment/web/app#0', maker: 'Deployment/shop/web', pod: 'deployment/web', paths: ['/src'] },
    { id: 'shop/deployment/web/app/web#0', maker: 'Deployment/shop/web', program: 'web', paths: ['/web'] },
  ]);
  expect(ofCronJob).toMatchObject([{ maker: 'CronJob/default/clean' }, { maker: 'CronJob/default/clean' }]);
});

describe('a rule of a template', () => {
  const owned = (name: string, more: object = {}) => {
    const pod = aPod({ name, namespace: 'shop', labels: { 'pod-template-hash': 'abc' }, ...more });
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'u', controller: true };
    return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
  };

  test('holds for each pod that is made of it and is to stay', () => {
    const going = owned('web-abc-c', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const pods = [owned('web-abc-a'), owned('web-abc-b'), going, aPod({ name: 'stranger', namespace: 'shop' })];
    const [rule] = ofDeployment ?? [];
    if (rule === undefined) throw new Error('no rule');
    expect(rulesInPods(rule, pods).map(({ id, pod }) => [id, pod])).toEqual([
      [rule.id, 'web-abc-a'],
      [rule.id, 'web-abc-b'],
    ]);
    expect(rulesInPods(rule, [])).toEqual([]);
  });
});
