import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PodError } from '../../../src/util/pod-error.ts';
import { type ApiReply, callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { aGroup, aProgram } from '../../support/programs.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  const spec = { containers: [{ name: 'app', processes: [{ name: 'db' }, { name: 'idle', instances: 0 }] }] };
  server.reconciler.put(aPod({ spec, labels: { tier: 'front' } }));
  server.reconciler.setPrograms('default', 'web', [aGroup([aProgram('db'), aProgram('worker:1')])]);
});
afterEach(() => server.close());

const call = (method: string, path: string, body?: unknown): Promise<ApiReply> =>
  callApi(server.socket, method, path, body);
const ours = '/apis/podctl.dev/v1';
const web = `${ours}/namespaces/default/pods/web`;

describe('programs', () => {
  beforeEach(() => {
    server.reconciler.put(aPod({ name: 'a', namespace: 'prod' }));
    server.reconciler.setPrograms('prod', 'a', [aGroup([], { namespace: 'prod', pod: 'a', container: 'x' })]);
  });
  const containers = async (path: string): Promise<string[]> =>
    (await call('GET', path)).body.items.map(
      (group: { namespace: string; pod: string; container: string }) =>
        `${group.namespace}/${group.pod}/${group.container}`,
    );

  test.each([
    [`${ours}/programs`, ['default/web/app', 'prod/a/x']],
    [`${ours}/namespaces/default/programs`, ['default/web/app']],
    [`${ours}/namespaces/default/programs?pod=web`, ['default/web/app']],
    [`${ours}/programs?pod=a`, ['prod/a/x']],
    [`${ours}/programs?labelSelector=tier%3Dfront`, ['default/web/app']],
    [`${ours}/namespaces/prod/programs?labelSelector=tier`, []],
  ])('%s lists %j', async (path, expected) => {
    expect(await containers(path)).toEqual(expected);
  });

  test('come with what the kernel counts', async () => {
    const { body } = await call('GET', `${ours}/namespaces/default/programs`);
    expect(body.items[0].programs[0]).toMatchObject({ label: 'db', state: 'RUNNING', hostPid: 1234, cpuMs: 600 });
  });

  test('of a pod that is not there are a 404 with the nearest name', async () => {
    const { body } = await call('GET', `${ours}/namespaces/default/programs?pod=wep`);
    expect(body).toMatchObject({ code: 404, reason: 'NotFound', details: { hint: 'did you mean web?' } });
  });
});

describe('control', () => {
  test.each([
    [{ verb: 'stop' }],
    [{ verb: 'start', container: 'app' }],
    [{ verb: 'restart', container: 'app', targets: [{ program: 'worker', instance: 1 }], cascade: true }],
    [{ verb: 'signal', container: 'app', targets: [{ program: 'idle' }], signal: 1 }],
  ])('%j reaches the reconciler', async (request) => {
    server.reconciler.answers.control = () => ({ affected: ['app/db'] });
    const reply = await call('POST', `${web}/control`, request);
    expect(reply).toEqual({ status: 200, body: { affected: ['app/db'] } });
    expect(server.reconciler.asked).toEqual([{ control: request }]);
  });

  test.each([
    [undefined, 400, 'body: must be an object, found nothing'],
    [{}, 400, 'body.verb: must be a text, found nothing'],
    [{ verb: 'bounce' }, 422, 'body.verb: is one of start, stop, restart, reload, signal, pause, resume, not "bounce"'],
    [{ verb: 'stop', contaner: 'app' }, 400, 'body.contaner: unknown field'],
    [{ verb: 'stop', container: 5 }, 400, 'body.container: must be a text, found 5'],
    [{ verb: 'stop', targets: [{ program: 'db' }] }, 422, 'body.container: is needed with targets'],
    [{ verb: 'stop', container: 'app', targets: [] }, 422, 'body.targets: must not be empty'],
    [{ verb: 'stop', container: 'app', targets: ['db'] }, 400, 'body.targets[0]: must be an object, found "db"'],
    [{ verb: 'stop', container: 'app', targets: [{ program: 'db', instance: '1' }] }, 400, 'targets[0].instance'],
    [{ verb: 'stop', container: 'app', targets: [{ program: 'db', instance: -1 }] }, 422, 'targets[0].instance'],
    [{ verb: 'stop', container: 'app', targets: [{ program: 'db', index: 1 }] }, 400, 'targets[0].index: unknown'],
    [{ verb: 'stop', signal: 9 }, 422, 'body.signal: belongs to verb signal, not to stop'],
    [{ verb: 'signal' }, 400, 'body.signal: must be the number of a signal, found nothing'],
    [{ verb: 'signal', signal: 65 }, 422, 'body.signal: must be from 1 to 64, not 65'],
    [{ verb: 'signal', signal: 'HUP' }, 400, 'body.signal: must be the number of a signal, found "HUP"'],
    [{ verb: 'stop', cascade: true }, 422, 'body.cascade: belongs to verb restart, not to stop'],
    [{ verb: 'restart', cascade: 'yes' }, 400, 'body.cascade: must be true or false, found "yes"'],
  ])('%j is refused with %i', async (body, code, message) => {
    const reply = await call('POST', `${web}/control`, body);
    expect(reply.body).toMatchObject({ kind: 'Status', code, reason: code === 400 ? 'BadRequest' : 'Invalid' });
    expect(reply.body.message).toContain(message);
    expect(server.reconciler.asked).toEqual([]);
  });

  test.each([
    ['wep', { verb: 'stop' }, 'pods "wep" not found', 'did you mean web?'],
    ['web', { verb: 'stop', container: 'ap' }, 'pod web has no container "ap"', 'did you mean app?'],
    ['web', { verb: 'stop', container: 'zzzz' }, 'pod web has no container "zzzz"', 'containers of web: app'],
    [
      'web',
      { verb: 'stop', container: 'app', targets: [{ program: 'wrker' }] },
      'container web/app has no program "wrker"',
      'did you mean worker?',
    ],
    [
      'web',
      { verb: 'stop', container: 'app', targets: [{ program: 'x' }] },
      'container web/app has no program "x"',
      'programs of web/app: db, worker, idle',
    ],
  ])('of %s by %j is a 404 with a hint', async (pod, body, message, hint) => {
    const reply = await call('POST', `${ours}/namespaces/default/pods/${pod}/control`, body);
    expect(reply.body).toMatchObject({ code: 404, reason: 'NotFound', message, details: { hint } });
  });

  test('that cannot be done now is a 409', async () => {
    server.reconciler.answers.control = () => {
      throw new PodError('Conflict', 'program db has no reload: its manifest names neither signal nor command');
    };
    const { body } = await call('POST', `${web}/control`, { verb: 'reload', container: 'app' });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict', message: expect.stringContaining('no reload') });
  });

  test('is POST only', async () => {
    expect((await call('GET', `${web}/control`)).body).toMatchObject({ code: 405 });
  });
});

describe('scale', () => {
  test('reaches the reconciler, also for a program without instances', async () => {
    const request = { container: 'app', program: 'idle', instances: 3 };
    expect(await call('POST', `${web}/scale`, request)).toMatchObject({ status: 200, body: { outcome: 'unchanged' } });
    expect(server.reconciler.asked).toEqual([{ scale: request }]);
  });

  test.each([
    [{ program: 'db', instances: 1 }, 400, 'body.container: must be a text'],
    [{ container: 'app', instances: 1 }, 400, 'body.program: must be a text'],
    [{ container: 'app', program: 'db' }, 400, 'body.instances: must be a number, found nothing'],
    [{ container: 'app', program: 'db', instances: 1.5 }, 422, 'body.instances: must be a whole number from 0 to 1000'],
    [{ container: 'app', program: 'db', instances: 1001 }, 422, 'not 1001'],
    [{ container: 'app', program: 'db', replicas: 3 }, 400, 'body.replicas: unknown field'],
    [{ container: 'app', program: 'nope', instances: 3 }, 404, 'container web/app has no program "nope"'],
  ])('%j is refused with %i', async (body, code, message) => {
    const reply = await call('POST', `${web}/scale`, body);
    expect(reply.body).toMatchObject({ kind: 'Status', code });
    expect(reply.body.message).toContain(message);
    expect(server.reconciler.asked).toEqual([]);
  });
});

describe('resources', () => {
  const resources = { limits: { cpu: '1' } };
  test.each([
    { resources },
    { resources, container: 'app' },
    { resources, container: 'app', program: 'idle', dryRun: true },
  ])('%j reaches the reconciler', async (request) => {
    expect(await call('POST', `${web}/resources`, request)).toMatchObject({ status: 200 });
    expect(server.reconciler.asked).toEqual([{ setResources: request }]);
  });

  test.each([
    [{}, 400, 'body.resources: must be an object, found nothing'],
    [{ resources: [] }, 400, 'body.resources: must be an object'],
    [{ resources, program: 'db' }, 422, 'body.container: is needed with program'],
    [{ resources, container: 'nope' }, 404, 'pod web has no container "nope"'],
    [{ resources, container: 'app', program: 'nope' }, 404, 'has no program "nope"'],
    [{ resources, dryRun: 'x' }, 400, 'body.dryRun: must be true or false'],
    [{ resources, dryrun: true }, 400, 'body.dryrun: unknown field'],
  ])('%j is refused with %i', async (body, code, message) => {
    const reply = await call('POST', `${web}/resources`, body);
    expect(reply.body).toMatchObject({ kind: 'Status', code, message: expect.stringContaining(message) });
    expect(server.reconciler.asked).toEqual([]);
  });
});

describe('why', () => {
  test.each([
    ['', { container: undefined, target: undefined }],
    ['?container=app', { container: 'app', target: undefined }],
    ['?container=app&program=worker:1', { container: 'app', target: { program: 'worker', instance: 1 } }],
    ['?program=db', { container: 'app', target: { program: 'db' } }],
  ])('%s asks for %j', async (query, why) => {
    expect(await call('GET', `${web}/why${query}`)).toEqual({ status: 200, body: { items: [] } });
    expect(server.reconciler.asked).toEqual([{ why }]);
  });

  test.each([
    ['?program=a:b', 400, 'program: must be a name or NAME:INSTANCE, not "a:b"'],
    ['?container=nope', 404, 'pod web has no container "nope"'],
    ['?container=app&program=nope', 404, 'has no program "nope"'],
  ])('%s is refused with %i', async (query, code, message) => {
    const { body } = await call('GET', `${web}/why${query}`);
    expect(body).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('of a program needs the container where there are several', async () => {
    server.reconciler.setPrograms('default', 'web', [aGroup([]), aGroup([], { container: 'side' })]);
    const { body } = await call('GET', `${web}/why?program=db`);
    expect(body).toMatchObject({ code: 400, message: 'container: is needed, pod web has several: app, side' });
  });
});

test('discovery names programs, what can be done to pods, and usage', async () => {
  const { body } = await call('GET', ours);
  expect(body.resources.map((resource: { name: string }) => resource.name)).toEqual([
    'programs',
    'pods/control',
    'pods/resources',
    'pods/scale',
    'pods/sync',
    'pods/why',
    'usage',
  ]);
});

test('apply passes cascade on and refuses what it does not know', async () => {
  await call('POST', `${ours}/apply`, { manifests: [], cascade: true });
  await call('POST', `${ours}/apply`, { manifests: [] });
  expect(server.reconciler.applied).toEqual([
    { manifests: [], dryRun: false, cascade: true },
    { manifests: [], dryRun: false },
  ]);
  const { body } = await call('POST', `${ours}/apply`, { manifests: [], dryrun: true });
  expect(body).toMatchObject({ code: 400, message: 'body.dryrun: unknown field' });
  expect(body.details.hint).toBe('did you mean dryRun?');
});
