import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataObject, WatchEvent } from '../../../src/protocol/objects.ts';
import { type ApiReply, callApi, openWatch } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const call = (method: string, path: string, body?: unknown): Promise<ApiReply> =>
  callApi(server.socket, method, path, body);
const inDefault = '/api/v1/namespaces/default';
const aConfigMap = (name = 'app', fields: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { A: 'a' } },
  ...fields,
});
const aSecret = (name = 'db') => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { PASSWORD: 'canary' } },
});
const namesIn = ({ body }: ApiReply): readonly string[] =>
  body.items.map(({ metadata }: DataObject) => `${metadata.namespace}/${metadata.name}`);

describe('ConfigMaps and Secrets', () => {
  test('are created, shown, replaced and deleted', async () => {
    const made = await call('POST', `${inDefault}/configmaps`, aConfigMap());
    expect(made).toMatchObject({ status: 201, body: { kind: 'ConfigMap', metadata: { namespace: 'default' } } });
    expect((await call('GET', `${inDefault}/configmaps/app`)).body).toEqual(made.body);
    const again = await call('POST', `${inDefault}/configmaps`, aConfigMap());
    expect(again).toMatchObject({
      status: 409,
      body: { reason: 'AlreadyExists', message: 'configmaps "app" already exists' },
    });
    const replaced = await call('PUT', `${inDefault}/configmaps/app`, { ...made.body, data: { A: 'b' } });
    expect(replaced.body).toMatchObject({ data: { A: 'b' }, metadata: { uid: made.body.metadata.uid } });
    const stale = await call('PUT', `${inDefault}/configmaps/app`, made.body);
    expect(stale).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    const other = { preconditions: { uid: 'other' } };
    expect((await call('DELETE', `${inDefault}/configmaps/app`, other)).status).toBe(409);
    expect(await call('DELETE', `${inDefault}/configmaps/app`)).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'app', kind: 'configmaps' } },
    });
    const gone = await call('GET', `${inDefault}/configmaps/app`);
    expect(gone).toMatchObject({ status: 404, body: { message: 'configmaps "app" not found' } });
  });

  test('a Secret is shown as Kubernetes shows it: base64 and a type', async () => {
    const { body } = await call('POST', `${inDefault}/secrets`, aSecret());
    expect(body).toMatchObject({ type: 'Opaque', data: { PASSWORD: Buffer.from('canary').toString('base64') } });
    expect(body).not.toHaveProperty('stringData');
  });

  test('are listed by namespace, label, name and type, each kind by itself', async () => {
    await call('POST', `${inDefault}/configmaps`, aConfigMap('b'));
    await call(
      'POST',
      `${inDefault}/configmaps`,
      aConfigMap('a', { metadata: { name: 'a', labels: { tier: 'web' } } }),
    );
    await call('POST', '/api/v1/namespaces/prod/configmaps', aConfigMap('c'));
    await call('POST', `${inDefault}/secrets`, aSecret());
    expect(namesIn(await call('GET', '/api/v1/configmaps'))).toEqual(['default/a', 'default/b', 'prod/c']);
    expect(namesIn(await call('GET', `${inDefault}/configmaps?labelSelector=tier%3Dweb`))).toEqual(['default/a']);
    expect(namesIn(await call('GET', '/api/v1/configmaps?fieldSelector=metadata.name%3Dc'))).toEqual(['prod/c']);
    expect(namesIn(await call('GET', '/api/v1/secrets?fieldSelector=type%3DOpaque'))).toEqual(['default/db']);
    const deleted = await call('DELETE', `${inDefault}/configmaps?labelSelector=tier%3Dweb`);
    expect(deleted.body.kind).toBe('ConfigMapList');
    expect(namesIn(deleted)).toEqual(['default/a']);
    expect(namesIn(await call('GET', '/api/v1/configmaps'))).toEqual(['default/b', 'prod/c']);
  });

  test('are watched', async () => {
    await call('POST', `${inDefault}/configmaps`, aConfigMap());
    const watch = await openWatch<WatchEvent<DataObject>>(server.socket, `${inDefault}/configmaps?watch=1`);
    const seen: string[] = [];
    const following = (async () => {
      for await (const { type, object } of watch.events) {
        seen.push(`${type} ${object.metadata.name}`);
        if (type === 'DELETED') return;
      }
    })();
    await expect.poll(() => seen).toEqual(['ADDED app']);
    await call('PUT', `${inDefault}/configmaps/app`, aConfigMap('app', { data: { A: 'x' } }));
    await expect.poll(() => seen).toEqual(['ADDED app', 'MODIFIED app']);
    await call('DELETE', `${inDefault}/configmaps/app`);
    await following;
    watch.close();
    expect(seen).toEqual(['ADDED app', 'MODIFIED app', 'DELETED app']);
  });

  test.each([
    ['POST', `${inDefault}/configmaps`, aSecret(), 400, 'body.kind: must be ConfigMap, found "Secret"'],
    ['PUT', `${inDefault}/secrets/db`, aSecret('other'), 400, 'does not match the name on the URL (db)'],
    ['PUT', `${inDefault}/secrets/db`, aSecret(), 404, 'secrets "db" not found'],
    ['POST', `${inDefault}/secrets?dryRun=All`, aSecret(), 400, 'dryRun'],
    ['POST', `${inDefault}/secrets`, { ...aSecret(), metadata: { name: 'x', namespace: 'y' } }, 400, 'namespace'],
    ['PATCH', `${inDefault}/secrets/db`, {}, 405, 'PATCH is not supported'],
    ['GET', `${inDefault}/secrets?fieldSelector=data.x%3D1`, undefined, 400, 'field label not supported: data.x'],
  ])('%s %s is refused', async (method, path, body, code, message) => {
    const reply = await call(method, path, body);
    expect(reply.status).toBe(code);
    expect(reply.body.message).toContain(message);
    expect(JSON.stringify(reply.body)).not.toContain('canary');
  });

  test('are in the discovery that kubectl asks for', async () => {
    const { body } = await call('GET', '/api/v1');
    const resources = body.resources as { name: string; shortNames?: string[]; verbs: string[] }[];
    expect(resources.find(({ name }) => name === 'configmaps')).toMatchObject({ shortNames: ['cm'] });
    expect(resources.find(({ name }) => name === 'secrets')?.verbs).toContain('watch');
  });
});
