import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerLocation } from '../../../src/reconcile/reconciler.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
const aLocation = (container: string): ContainerLocation => ({
  ...{ container, logDir: server.dir, network: 'pod', attempt: 0, isPlain: true, programs: [] },
});

beforeEach(async () => {
  server = await startTestServer();
  server.reconciler.put(aPod(), [aLocation('app')]);
});
afterEach(() => server.close());

const path = '/api/v1/namespaces/default/pods/web/portforward';

/** The refusal; an upgrade fails the test. */
function refusal(query: string, upgrade = 'podctl-portforward'): Promise<unknown> {
  const headers = { connection: 'Upgrade', upgrade };
  return new Promise((resolve, reject) => {
    request({ socketPath: server.socket, method: 'POST', path: `${path}${query}`, headers, agent: false })
      .on('upgrade', () => reject(new Error('was upgraded')))
      .on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      })
      .on('error', reject)
      .end();
  });
}

describe('portforward', () => {
  test.each([
    ['', 400, 'port: is missing'],
    ['?port=0', 400, 'port: must be a whole number of at least 1, not 0'],
    ['?port=70000', 400, 'port: must be between 1 and 65535, not 70000'],
    ['?port=http', 400, 'port: must be a whole number'],
    ['?port=80&container=nope', 400, 'container nope is not valid for pod web'],
    ['?port=80', 409, 'pod web is not running'],
    ['?port=80&container=app', 409, 'container app of pod web is not running'],
  ])('%s is refused', async (query, code, message) => {
    const status = (await refusal(query)) as { code: number; message: string };
    expect(status).toMatchObject({ kind: 'Status', code });
    expect(status.message).toContain(message);
  });

  test('of a pod that is not there is refused', async () => {
    server.reconciler.remove('default', 'web');
    expect(await refusal('?port=80')).toMatchObject({ code: 404, message: 'pods "web" not found' });
  });

  test('in another protocol, or without one, is refused', async () => {
    expect(await refusal('?port=80', 'podctl-exec')).toMatchObject({ code: 400 });
    const { body } = await callApi(server.socket, 'POST', `${path}?port=80`);
    expect(body.message).toContain('"Upgrade: podctl-portforward"');
  });
});
