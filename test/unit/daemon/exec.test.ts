import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSocketPath } from '../../../src/daemon/socket-path.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
let init: Server;
let sessions: Socket[];

beforeEach(async () => {
  server = await startTestServer();
  sessions = [];
});
afterEach(async () => {
  for (const session of sessions) session.destroy();
  await server.close();
});

/** A control socket that says back what it hears, and a pod that has it. */
async function runPod(subdir = 'i'): Promise<void> {
  const runDir = join(server.dir, subdir);
  mkdirSync(runDir, { recursive: true });
  const { path } = openSocketPath(join(runDir, 'ctl.sock'));
  init = createServer({ allowHalfOpen: true }, (socket) => {
    sessions.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  init.listen(path);
  await once(init, 'listening');
  server.reconciler.put(aPod(), [
    { container: 'app', runDir, logDir: server.dir, network: 'pod' as const, attempt: 0, isPlain: true, programs: [] },
  ]);
}

interface Answer {
  readonly status: number;
  readonly body: { readonly message?: string; readonly reason?: string };
  readonly socket: Socket;
}

const exec = { op: 'exec', argv: ['sh', '-c', 'exit 0'], tty: false, stdin: true };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

function upgrade(
  path = '/api/v1/namespaces/default/pods/web/exec',
  wanted: string | undefined = encode(exec),
  protocol = 'podctl-exec',
): Promise<Answer> {
  const headers = {
    connection: 'Upgrade',
    upgrade: protocol,
    ...(wanted === '' ? {} : { 'podctl-exec-request': wanted }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: server.socket, method: 'POST', path, headers, agent: false });
    sent.on('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve({ status: response.statusCode ?? 0, body: {}, socket: socket as Socket });
    });
    sent.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), socket: response.socket });
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const hello = `${JSON.stringify(exec)}\n`;

describe('exec', () => {
  test.each([
    ['a short directory', 'i'],
    ['a directory longer than sockaddr_un', 'x'.repeat(150)],
  ])('hands the request to the init in %s and relays both ways', async (_what, subdir) => {
    await runPod(subdir);
    const { status, socket } = await upgrade();
    expect(status).toBe(101);
    socket.write('some input');
    socket.end();
    expect((await readAll(socket)).toString()).toBe(`${hello}some input`);
  });

  test('keeps the other direction open when the client has no more to say', async () => {
    await runPod();
    const { socket } = await upgrade();
    const [session] = sessions;
    session?.unpipe();
    socket.end();
    const ended = once(session as Socket, 'end');
    session?.resume();
    await ended;
    session?.end('said after the end of input');
    expect((await readAll(socket)).toString()).toContain('said after the end of input');
  });

  test('relays megabytes unharmed, at the reader’s pace', async () => {
    await runPod();
    const { socket } = await upgrade();
    const block = Buffer.alloc(1024 * 1024, 'abcdefghij');
    const reading = readAll(socket);
    for (let count = 0; count < 32; count += 1) if (!socket.write(block)) await once(socket, 'drain');
    socket.end();
    const echoed = await reading;
    expect(echoed.length).toBe(hello.length + 32 * block.length);
    expect(echoed.subarray(-block.length).equals(block)).toBe(true);
  });

  test('hangs up on the init when the client goes, and on the client when the init goes', async () => {
    await runPod();
    const first = await upgrade();
    const gone = once(sessions[0] as Socket, 'close');
    first.socket.destroy();
    await gone;
    const second = await upgrade();
    const closed = once(second.socket, 'close');
    second.socket.on('error', () => undefined);
    second.socket.resume();
    sessions[1]?.destroy();
    await closed;
  });

  test('ends when podd stops', async () => {
    await runPod();
    const { socket } = await upgrade();
    socket.on('error', () => undefined);
    socket.resume();
    const closed = once(socket, 'close');
    await server.close();
    await closed;
  });

  test.each([
    ['no such pod', '/api/v1/namespaces/default/pods/nobody/exec', encode(exec), 404, 'pods "nobody" not found'],
    [
      'no such container',
      '/api/v1/namespaces/default/pods/web/exec?container=db',
      encode(exec),
      400,
      'container db is not valid for pod web, choose one of: app',
    ],
    ['another path', '/healthz', encode(exec), 400, 'can be upgraded'],
    ['no request', '/api/v1/namespaces/default/pods/web/exec', '', 400, 'header podctl-exec-request is missing'],
    ['rubbish', '/api/v1/namespaces/default/pods/web/exec', 'x', 400, 'must be base64 of JSON'],
    ['no command', '/api/v1/namespaces/default/pods/web/exec', encode({ ...exec, argv: [] }), 400, 'argv: must be'],
    [
      'an empty command',
      '/api/v1/namespaces/default/pods/web/exec',
      encode({ ...exec, argv: [''] }),
      400,
      'argv[0]: must be a command',
    ],
    ['a NUL', '/api/v1/namespaces/default/pods/web/exec', encode({ ...exec, argv: ['a\0b'] }), 400, 'argv: must be'],
    ['bad env', '/api/v1/namespaces/default/pods/web/exec', encode({ ...exec, env: ['=x'] }), 400, 'env: must be'],
    ['bad rows', '/api/v1/namespaces/default/pods/web/exec', encode({ ...exec, rows: 1e6 }), 400, 'rows: must be'],
    [
      'bad directory',
      '/api/v1/namespaces/default/pods/web/exec',
      encode({ ...exec, workingDir: 'a' }),
      400,
      'workingDir: must be',
    ],
  ])('with %s is refused before the upgrade', async (_what, path, wanted, code, message) => {
    await runPod();
    const answer = await upgrade(path, wanted);
    expect(answer.status).toBe(code);
    expect(answer.body.message).toContain(message);
    expect(sessions).toEqual([]);
  });

  test('to another protocol is refused', async () => {
    await runPod();
    expect((await upgrade(undefined, undefined, 'SPDY/3.1')).body.message).toContain('to podctl-exec');
  });

  test('into a container that does not run is refused, with the reason', async () => {
    const location = {
      container: 'app',
      logDir: server.dir,
      network: 'pod' as const,
      attempt: 0,
      isPlain: true,
      programs: [],
    };
    server.reconciler.put(aPod(), [location]);
    expect((await upgrade()).body).toMatchObject({ reason: 'BadRequest', message: 'container app is not running' });
    server.reconciler.put(aPod({ status: { phase: 'Succeeded' } }), [location]);
    expect((await upgrade()).body.message).toContain('completed pod; current phase is Succeeded');
    server.reconciler.put(aPod(), [{ ...location, runDir: server.dir }]);
    expect((await upgrade()).body.message).toBe('the container is not running any more');
    expect((await callApi(server.socket, 'GET', '/healthz')).status).toBe(200);
  });
});
