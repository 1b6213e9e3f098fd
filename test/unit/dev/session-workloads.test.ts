import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../../src/cli/client.ts';
import type { DevNotice } from '../../../src/dev/notice.ts';
import { type DevSession, startSession } from '../../../src/dev/session.ts';
import type { DevRule } from '../../../src/model/dev-rule.ts';
import type { ObjectManifest } from '../../../src/model/object-manifest.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aRule } from './a-rule.ts';

let server: TestServer;
let dir: string;
let session: DevSession | undefined;
beforeEach(async () => {
  server = await startTestServer();
  dir = mkdtempSync('/tmp/pc-session-');
});
afterEach(async () => {
  await session?.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const manifests: readonly ObjectManifest[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'text' }, data: { a: 'b' } },
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: { selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [] } } },
  },
];

test('a session has a Deployment’s pods for its own, and takes down what they use when they are gone', async () => {
  const nothing = {
    ...{ specs: [], templates: new Map(), rules: [], files: [], directories: [dir], materials: [] },
    ...{ diagnostics: [], warned: [] },
  };
  session = await startSession({
    client: createClient(server.socket),
    load: async () => ({ manifests, ...nothing }),
    onNotice: () => undefined,
    ...{ polling: false, cascade: false, deletesRemoved: true },
  });
  const pod = aPod({ name: 'web-abc-x', labels: { 'pod-template-hash': 'abc' } });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'u', controller: true };
  server.reconciler.put({ ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
  server.reconciler.put(aPod({ name: 'stranger' }));
  await waitFor('the pod is known', () => session?.pods().length === 1);
  expect(session?.pods()[0]?.metadata.name).toBe('web-abc-x');

  const { data } = server.reconciler;
  const down = session?.tearDown(new AbortController().signal);
  await waitFor('the Deployment is gone', () => data.list('Deployment').length === 0);
  expect(data.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['text']);
  server.reconciler.remove('default', 'web-abc-x');
  expect(await down).toEqual([]);
  expect([data.list('ConfigMap'), server.reconciler.list().map(({ metadata }) => metadata.name)]).toEqual([
    [],
    ['stranger'],
  ]);
});

test('a rule of a template acts on every pod of it, and builds once for all', async () => {
  const notices: DevNotice[] = [];
  const source = join(dir, 'source');
  writeFileSync(source, 'a');
  const rule = (action: DevRule['action'], more: Partial<DevRule>): DevRule => ({
    ...aRule({
      action,
      paths: [source],
      pod: 'deployment/web',
      maker: 'Deployment/default/web',
      directory: dir,
      ...more,
    }),
    id: action,
  });
  const rules = [rule('signal', { signal: 1 }), rule('rebuild', { command: ['sh', '-c', 'echo built >> builds'] })];
  session = await startSession({
    client: createClient(server.socket),
    load: async () => ({
      ...{ manifests, specs: [], templates: new Map(), rules, files: [], directories: [], materials: [] },
      ...{ diagnostics: [], warned: [] },
    }),
    onNotice: (notice) => notices.push(notice),
    ...{ polling: false, cascade: false, deletesRemoved: true },
  });
  for (const name of ['web-abc-x', 'web-abc-y']) {
    const pod = aPod({ name, labels: { 'pod-template-hash': 'abc' } });
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'u', controller: true };
    server.reconciler.put({ ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
  }
  await waitFor('both pods are known', () => session?.pods().length === 2);
  writeFileSync(source, 'b');
  // The pods of this API have no such container: each action ends with a refusal.
  const ended = () =>
    notices.flatMap((one) => (one.kind === 'action-failed' ? [`${one.rule.id} ${one.rule.pod}`] : []));
  await waitFor('all actions have ended', () => ended().length === 4);
  expect(ended().sort()).toEqual([
    ...['rebuild web-abc-x', 'rebuild web-abc-y'],
    ...['signal web-abc-x', 'signal web-abc-y'],
  ]);
  expect(readFileSync(join(dir, 'builds'), 'utf8')).toBe('built\n');
});
