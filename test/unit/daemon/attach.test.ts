import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerLocation, LocatedProgram } from '../../../src/reconcile/reconciler.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
let init: Server;
/** first lines that podinit was sent */
const hellos: unknown[] = [];

const aProgram = (program: string, instance = 0, label = program): LocatedProgram => ({
  ...{ program, instance, label, key: instance === 0 ? program : `${program}:${instance}` },
  logs: { format: 'text', maxBytes: 1, maxFiles: 1 },
});

const aLocation = (programs: readonly LocatedProgram[]): ContainerLocation => ({
  ...{ container: 'app', logDir: server.dir, network: 'pod', runDir: server.dir, attempt: 0, isPlain: false, programs },
});

beforeEach(async () => {
  server = await startTestServer();
  hellos.length = 0;
  init = createServer((socket: Socket) =>
    socket.on('data', (bytes) => {
      hellos.push(JSON.parse(String(bytes)));
      socket.end('{"ok":true}\n');
    }),
  );
  init.listen(join(server.dir, 'ctl.sock'));
  await once(init, 'listening');
  const programs = [aProgram('web'), aProgram('worker', 0, 'worker:0'), aProgram('worker', 1, 'worker:1')];
  server.reconciler.put(aPod(), [aLocation(programs)]);
});
afterEach(async () => {
  init.close();
  await server.close();
});

const path = '/api/v1/namespaces/default/pods/web/attach';

/** What podinit was asked, or the refusal. */
function attach(query: string): Promise<unknown> {
  const headers = { connection: 'Upgrade', upgrade: 'podctl-exec' };
  return new Promise((resolve, reject) => {
    request({ socketPath: server.socket, method: 'POST', path: `${path}${query}`, headers, agent: false })
      .on('upgrade', (_response, socket) => socket.resume().on('close', () => resolve(hellos[0])))
      .on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      })
      .on('error', reject)
      .end();
  });
}

describe('attach', () => {
  test.each([
    ['?program=web', { op: 'attach', program: 'web', stdin: false }],
    ['?program=worker:1&stdin=1', { op: 'attach', program: 'worker', instance: 1, stdin: true }],
    ['?program=web&rows=24&columns=80', { op: 'attach', program: 'web', stdin: false, rows: 24, columns: 80 }],
  ])('%s asks podinit', async (query, expected) => {
    expect(await attach(query)).toEqual(expected);
  });

  test('means the only program when none is named', async () => {
    server.reconciler.put(aPod(), [{ ...aLocation([aProgram('main')]), isPlain: true }]);
    expect(await attach('')).toEqual({ op: 'attach', program: 'main', stdin: false });
  });

  test.each([
    ['?program=wbe', 404, 'no program wbe in container app of pod web', 'did you mean web?'],
    ['?program=nothing-like-it', 404, 'no program nothing-like-it', 'it has web, worker'],
    ['?program=worker:7', 404, 'no program worker:7', 'it has worker:0, worker:1'],
    ['?program=We!', 400, 'program: "We!" is neither NAME nor NAME:INSTANCE', undefined],
    ['', 400, 'has several programs', 'name one of web, worker'],
    ['?program=web&rows=many', 400, 'rows: must be', undefined],
  ])('%s is refused with what there is', async (query, code, message, hint) => {
    const status = (await attach(query)) as { code: number; message: string; details?: { hint?: string } };
    expect(status).toMatchObject({ kind: 'Status', code });
    expect(status.message).toContain(message);
    expect(status.details?.hint).toBe(hint);
    expect(hellos).toEqual([]);
  });

  test('to a container that does not run is refused', async () => {
    const { runDir: _runDir, ...location } = aLocation([aProgram('web')]);
    server.reconciler.put(aPod(), [location]);
    expect(await attach('?program=web')).toMatchObject({ code: 400, message: 'container app is not running' });
  });

  test('by a plain POST is refused', async () => {
    expect((await callApi(server.socket, 'POST', path)).body).toMatchObject({ code: 400 });
  });
});
