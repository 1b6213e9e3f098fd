import { existsSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSocketPath } from '../../../src/daemon/socket-path.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { type ApiReply, callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const call = (method: string, path: string, body?: unknown): Promise<ApiReply> =>
  callApi(server.socket, method, path, body);
const pods = '/api/v1/namespaces/default/pods';
const manifest = (name = 'web') => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [] } });

function callWith(
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: Buffer,
): Promise<ApiReply & { headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: server.socket, method, path, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const body = response.headers['content-type'] === 'application/json' ? JSON.parse(text) : text;
      resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('refusals are Status objects', () => {
  test.each([
    ['GET', '/nowhere', 404, 'NotFound', 'the server could not find the requested resource: /nowhere'],
    ['GET', `${pods}/nobody`, 404, 'NotFound', 'pods "nobody" not found'],
    ['GET', `${pods}/nobody/status`, 404, 'NotFound', 'pods "nobody" not found'],
    ['GET', `${pods}/nobody/log`, 404, 'NotFound', 'pods "nobody" not found'],
    ['DELETE', `${pods}/nobody`, 404, 'NotFound', 'pods "nobody" not found'],
    ['PUT', '/api/v1', 405, 'MethodNotAllowed', 'PUT is not supported on /api/v1, only GET'],
    ['PATCH', `${pods}/web`, 405, 'MethodNotAllowed', `PATCH is not supported on ${pods}/web, only GET, PUT, DELETE`],
    ['GET', '/api/v1/pods?labelSelector=a+b', 400, 'BadRequest', 'unable to parse label selector'],
    ['GET', '/api/v1/pods?fieldSelector=spec.x%3D1', 400, 'BadRequest', 'field label not supported: spec.x'],
    ['GET', '/api/v1/pods?watch=1&timeoutSeconds=soon', 400, 'BadRequest', 'timeoutSeconds: must be a whole number'],
    ['GET', '/api/v1/pods?watch=1&resourceVersion=5', 410, 'Expired', 'too old resource version: 5 (100)'],
    ['GET', '/%zz', 400, 'BadRequest', 'not valid percent-encoding'],
    ['POST', `${pods}/web/exec`, 400, 'BadRequest', 'Upgrade request required'],
  ])('%s %s is answered with %i %s', async (method, path, code, reason, message) => {
    const reply = await call(method, path);
    expect(reply.status).toBe(code);
    expect(reply.body).toMatchObject({ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason });
    expect(reply.body.message).toContain(message);
  });

  test.each([
    ['not JSON', '{', 400, 'the body is not JSON'],
    ['not an object', '[]', 400, 'body: must be an object, found []'],
    ['of another kind', { ...manifest(), kind: 'Job' }, 400, 'body.kind: must be Pod, found "Job"'],
    ['without a name', { ...manifest(), metadata: {} }, 400, 'body.metadata.name: must be a text, found nothing'],
    ['without a spec', { ...manifest(), spec: null }, 400, 'body.spec: must be an object, found null'],
    [
      'for another namespace',
      { ...manifest(), metadata: { name: 'web', namespace: 'x' } },
      400,
      'does not match the namespace',
    ],
  ])('a pod that is %s is refused', async (_what, body, code, message) => {
    const reply = await call('POST', pods, body);
    expect(reply.status).toBe(code);
    expect(reply.body.message).toContain(message);
  });

  test('a body that is not UTF-8, not JSON by its type, or too large is refused', async () => {
    const latin = await callWith({}, 'POST', pods, Buffer.from([0x22, 0xff, 0x22]));
    expect(latin.body).toMatchObject({ code: 400, message: 'the body is not UTF-8 text' });
    const yaml = await callWith({ 'content-type': 'application/yaml' }, 'POST', pods, Buffer.from('a: b'));
    expect(yaml.body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    const large = await callWith({}, 'POST', pods, Buffer.alloc(17 * 1024 * 1024, 0x20));
    expect(large.body).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  });

  test('a client that takes no JSON is refused, kubectl’s table request is answered with plain JSON', async () => {
    const protobuf = await callWith({ accept: 'application/vnd.kubernetes.protobuf' }, 'GET', '/api/v1/pods');
    expect(protobuf.body).toMatchObject({ code: 406, reason: 'NotAcceptable' });
    const onlyTable = await callWith({ accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }, 'GET', '/api/v1/pods');
    expect(onlyTable.status).toBe(406);
    const kubectl = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    expect((await callWith({ accept: kubectl }, 'GET', '/api/v1/pods')).body.kind).toBe('PodList');
  });

  test('an invalid manifest keeps the reconciler’s words, causes and hint', async () => {
    const details = { name: 'web', 'spec.containers[0].image': 'is required' };
    server.reconciler.failNextApply(
      new PodError('Invalid', 'pod web is invalid', { details, hint: 'say image: host' }),
    );
    const reply = await call('POST', '/apis/podctl.dev/v1/apply', { manifests: [manifest()] });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({
      reason: 'Invalid',
      message: 'pod web is invalid',
      details: {
        name: 'web',
        hint: 'say image: host',
        causes: [{ field: 'spec.containers[0].image', message: 'is required' }],
      },
    });
    expect(server.logged).toEqual([]);
  });

  test('a failure of ours is 500, told with its causes and logged once', async () => {
    server.reconciler.failNextApply(new Error('write record', { cause: new Error('ENOSPC') }));
    const reply = await call('POST', '/apis/podctl.dev/v1/apply', { manifests: [manifest()] });
    expect(reply.body).toMatchObject({ code: 500, reason: 'InternalError', message: 'write record: ENOSPC' });
    expect(server.logged).toEqual(['POST /apis/podctl.dev/v1/apply: write record: ENOSPC']);
  });
});

describe('pods', () => {
  test('are listed by namespace, label and field, in order of their names', async () => {
    server.reconciler.put(aPod({ name: 'b', labels: { app: 'x' } }));
    server.reconciler.put(aPod({ name: 'a', labels: { app: 'x' }, status: { phase: 'Failed' } }));
    server.reconciler.put(aPod({ name: 'c', namespace: 'other', labels: { app: 'x' } }));
    const names = async (path: string) =>
      (await call('GET', path)).body.items.map((pod: { metadata: { name: string } }) => pod.metadata.name);
    expect(await names('/api/v1/pods')).toEqual(['a', 'b', 'c']);
    expect(await names(pods)).toEqual(['a', 'b']);
    expect(await names(`${pods}?labelSelector=app%3Dx,!missing`)).toEqual(['a', 'b']);
    expect(await names('/api/v1/pods?fieldSelector=status.phase!%3DFailed')).toEqual(['b', 'c']);
    expect(await names('/api/v1/pods?fieldSelector=metadata.name%3Dc,metadata.namespace%3Dother')).toEqual(['c']);
    expect((await call('GET', pods)).body).toMatchObject({ kind: 'PodList', metadata: { resourceVersion: '103' } });
  });

  test('are created once', async () => {
    const created = await call('POST', pods, manifest());
    expect(created).toMatchObject({
      status: 201,
      body: { kind: 'Pod', metadata: { name: 'web', namespace: 'default' } },
    });
    const again = await call('POST', pods, manifest());
    expect(again.body).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'pods "web" already exists' });
  });

  test('are created once also by two clients at the same time', async () => {
    const replies = await Promise.all([call('POST', pods, manifest()), call('POST', pods, manifest())]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('are replaced by what a client read and changed, unless it is stale', async () => {
    await call('POST', pods, manifest());
    const read = (await call('GET', `${pods}/web`)).body;
    const changed = { ...read, spec: { restartPolicy: 'Never' } };
    expect((await call('PUT', `${pods}/web`, changed)).body).toMatchObject({ spec: { restartPolicy: 'Never' } });
    expect((await call('PUT', `${pods}/web`, changed)).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await call('PUT', `${pods}/other`, changed)).body).toMatchObject({ code: 400 });
    expect((await call('PUT', `${pods}/none`, manifest('none'))).body).toMatchObject({ code: 404 });
  });

  test('are deleted with the grace the query or the body says', async () => {
    for (const name of ['a', 'b', 'c']) server.reconciler.put(aPod({ name }));
    await call('DELETE', `${pods}/a?gracePeriodSeconds=5`);
    await call('DELETE', `${pods}/b`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
    const deleted = await call('DELETE', `${pods}/c`);
    expect(deleted).toMatchObject({ status: 200, body: { kind: 'Pod', metadata: { name: 'c' } } });
    expect(server.reconciler.deletions).toEqual([
      { name: 'a', graceMs: 5000 },
      { name: 'b', graceMs: 0 },
      { name: 'c' },
    ]);
  });

  test('are not deleted on a wrong grace, a dry run or another uid', async () => {
    server.reconciler.put(aPod());
    expect((await call('DELETE', `${pods}/web?gracePeriodSeconds=-1`)).status).toBe(400);
    expect((await call('DELETE', `${pods}/web?gracePeriodSeconds=x`)).status).toBe(400);
    expect((await call('DELETE', `${pods}/web?dryRun=All`)).status).toBe(400);
    expect((await call('DELETE', `${pods}/web`, { preconditions: { uid: 'other' } })).status).toBe(409);
    expect(server.reconciler.deletions).toEqual([]);
  });

  test('are deleted together by selector', async () => {
    server.reconciler.put(aPod({ name: 'a', labels: { app: 'x' } }));
    server.reconciler.put(aPod({ name: 'b', labels: { app: 'y' } }));
    const reply = await call('DELETE', `${pods}?labelSelector=app%3Dx`);
    expect(reply.body).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'a' } }] });
    expect(server.reconciler.list().map((pod) => pod.metadata.name)).toEqual(['b']);
  });
});

describe('apply', () => {
  test('hands the manifests over and answers with the results', async () => {
    const body = { manifests: [manifest('a'), { ...manifest('b'), status: {}, metadata: { name: 'b', uid: '1' } }] };
    const reply = await call('POST', '/apis/podctl.dev/v1/apply', body);
    expect(reply.body.results).toMatchObject([
      { name: 'a', outcome: 'created' },
      { name: 'b', outcome: 'created' },
    ]);
  });

  test.each([
    [{}, 'body.manifests: must be a list of objects'],
    [{ manifests: [manifest(), 5] }, 'body.manifests[1]: must be an object, found 5'],
    [{ manifests: [], dryRun: 'yes' }, 'body.dryRun: must be true or false'],
  ])('%j is refused', async (body, message) => {
    const reply = await call('POST', '/apis/podctl.dev/v1/apply', body);
    expect(reply.body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(reply.body.message).toContain(message);
  });
});

describe('events', () => {
  test('are listed by namespace and involved object', async () => {
    const event = (name: string, namespace = 'default') => ({
      type: 'Normal' as const,
      reason: 'Started',
      message: 'Started container app',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      involvedObject: { kind: 'Pod' as const, namespace, name, uid: name },
      metadata: { name: `${name}.1`, namespace, resourceVersion: '1' },
    });
    server.reconciler.addEvent(event('a'));
    server.reconciler.addEvent(event('b'));
    server.reconciler.addEvent(event('c', 'other'));
    const names = async (path: string) =>
      (await call('GET', path)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(await names('/api/v1/events')).toEqual(['a.1', 'b.1', 'c.1']);
    expect(await names('/api/v1/namespaces/default/events')).toEqual(['a.1', 'b.1']);
    expect(await names('/api/v1/events?fieldSelector=involvedObject.name%3Db,type%3DNormal')).toEqual(['b.1']);
  });
});

describe('the server', () => {
  test('answers discovery, version and health', async () => {
    expect((await call('GET', '/healthz')).body).toBe('ok');
    expect((await call('GET', '/version')).body).toMatchObject({ gitVersion: 'v1.2.3', major: '1', minor: '2' });
    expect((await call('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect((await call('GET', '/apis')).body).toMatchObject({ kind: 'APIGroupList' });
    expect((await call('GET', '/apis/podctl.dev/v1')).body).toMatchObject({ kind: 'APIResourceList' });
    const core = (await call('GET', '/api/v1/')).body;
    expect(core.resources.map((resource: { name: string }) => resource.name)).toContain('pods');
  });

  test('listens on a socket for root only and takes it away at the end', async () => {
    expect(statSync(server.socket).mode & 0o777).toBe(0o600);
    await server.close();
    expect(existsSync(server.socket)).toBe(false);
  });

  test('serves under a path longer than sockaddr_un', async () => {
    const long = await startTestServer(`${'d'.repeat(100)}/${'e'.repeat(100)}`);
    try {
      const { path, close } = openSocketPath(long.socket);
      expect((await callApi(path, 'GET', '/healthz')).body).toBe('ok');
      expect(statSync(long.socket).mode & 0o777).toBe(0o600);
      close();
    } finally {
      await long.close();
    }
  });

  test('survives clients that send rubbish or hang up', async () => {
    for (const text of [
      '\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(server.socket, () => socket.end(text));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  test('stops on request, after the reply', async () => {
    const reply = await call('POST', '/apis/podctl.dev/v1/system/stop');
    expect(reply.body).toMatchObject({ version: '1.2.3', pods: 0 });
    await server.stopRequested;
  });

  test('lets controllers work again when a pod cannot be deleted, and does not stop', async () => {
    const done: string[] = [];
    Object.assign(server.reconciler, {
      restControllers: async () => void done.push('rest'),
      wakeControllers: () => void done.push('wake'),
      delete: async () => {
        done.push('delete');
        throw new PodError('StoreFailed', 'ENOSPC');
      },
    });
    server.reconciler.put(aPod({ name: 'a' }));
    const { status } = await call('POST', '/apis/podctl.dev/v1/system/stop?pods=1');
    expect(status).toBeGreaterThanOrEqual(500);
    expect(done).toEqual(['rest', 'delete', 'wake']);
    expect((await call('GET', '/apis/podctl.dev/v1/system')).body.pods).toBe(1);
  });

  test('stops after the last pod has gone when told to take the pods along', async () => {
    server.reconciler.keepDeleted(true);
    server.reconciler.put(aPod({ name: 'a' }));
    server.reconciler.put(aPod({ name: 'b' }));
    const both = new Promise<void>((resolve) => {
      const unsubscribe = server.reconciler.subscribe(() => {
        if (server.reconciler.deletions.length < 2) return;
        unsubscribe();
        resolve();
      });
    });
    const stop = call('POST', '/apis/podctl.dev/v1/system/stop?pods=1');
    await both;
    server.reconciler.remove('default', 'a');
    expect((await call('GET', '/apis/podctl.dev/v1/system')).body.pods).toBe(1);
    server.reconciler.remove('default', 'b');
    expect((await stop).body).toMatchObject({ pods: 0 });
    await server.stopRequested;
    expect(server.reconciler.deletions.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
