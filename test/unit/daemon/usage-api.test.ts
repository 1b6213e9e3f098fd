import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UsageList } from '../../../src/protocol/usage.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  for (const [namespace, name] of [
    ['prod', 'a'],
    ['default', 'web'],
    ['default', 'db'],
  ] as const) {
    server.reconciler.put(aPod({ namespace, name, labels: { app: name } }));
    server.reconciler.setUsage({ namespace, pod: name, uid: `uid-${name}`, usage: { cpuMs: 5 }, containers: [] });
  }
});
afterEach(() => server.close());

const ours = '/apis/podctl.dev/v1';
const get = (path: string) => callApi(server.socket, 'GET', `${ours}${path}`);
const podsOf = ({ items }: UsageList): readonly string[] => items.map(({ namespace, pod }) => `${namespace}/${pod}`);

test.each([
  ['/usage', ['default/db', 'default/web', 'prod/a']],
  ['/namespaces/default/usage', ['default/db', 'default/web']],
  ['/namespaces/default/usage?pod=web', ['default/web']],
  ['/usage?labelSelector=app%3Da', ['prod/a']],
])('%s lists %j', async (path, expected) => {
  expect(podsOf((await get(path)).body)).toEqual(expected);
});

test('tells when it was read and what the machine has', async () => {
  const { body } = await get('/usage');
  expect(body).toMatchObject({
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    items: [{ usage: { cpuMs: 5 } }, {}, {}],
  });
  expect(body.monotonicMs).toBeGreaterThan(0);
  expect(body.cpus).toBeGreaterThan(0);
  expect(body.memoryBytes).toBeGreaterThan(1 << 20);
});

test('a pod that is not there is 404 with the nearest name', async () => {
  const { status, body } = await get('/namespaces/default/usage?pod=wbe');
  expect(status).toBe(404);
  expect(JSON.stringify(body)).toContain('web');
});
