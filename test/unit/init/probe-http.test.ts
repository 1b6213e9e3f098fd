import { readdirSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { probeHttp } from '../../../src/init/probe-http.ts';
import { probeTcp } from '../../../src/init/probe-tcp.ts';
import type { ProbeResult } from '../../../src/init/probe-verdict.ts';
import type { ProbeHandlerSpec } from '../../../src/model/pod-spec.ts';
import { freePort } from '../../support/free-port.ts';
import { selfSigned } from '../../support/self-signed.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** On loopback until the test ends; its port. */
async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

const serveHttp = (listener: RequestListener, host?: string) => listen(createHttpServer(listener), host);
/** Sends these bytes to whoever connects and has sent something. */
const serveBytes = (bytes: string, onSent: (socket: Socket) => void = () => {}) =>
  listen(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(bytes, () => onSent(socket)));
    }),
  );

const probe = (port: number, fields: Partial<HttpHandler> = {}): Promise<ProbeResult> =>
  new Promise((resolve) => {
    probeHttp({ kind: 'httpGet', scheme: 'http', host: '127.0.0.1', port, path: '/', headers: [], ...fields }, resolve);
  });
const probePort = (port: number, host = '127.0.0.1'): Promise<ProbeResult> =>
  new Promise((resolve) => {
    probeTcp({ kind: 'tcpSocket', host, port }, resolve);
  });
const openFds = () => readdirSync('/proc/self/fd').length;

describe('httpGet probe', () => {
  test.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])('takes HTTP %i for %s', async (status, ok) => {
    const port = await serveHttp((_request, response) => void response.writeHead(status).end('body'));
    expect(await probe(port)).toMatchObject({ ok, message: `HTTP ${status}` });
  });

  test('asks for the path with the headers, on a connection of its own', async () => {
    const seen: IncomingMessage[] = [];
    const port = await serveHttp((request, response) => {
      seen.push(request);
      response.end('ok');
    });
    await probe(port, { host: 'localhost', path: '/healthz?x=1', headers: [['X-Probe', 'a b']] });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/healthz?x=1' });
    expect(seen[0]?.headers).toEqual({
      host: `localhost:${port}`,
      'user-agent': 'kube-probe/podctl',
      accept: '*/*',
      connection: 'close',
      'x-probe': 'a b',
    });
  });

  const serveRedirects = (locations: Readonly<Record<string, string>>) => {
    const seen: string[] = [];
    const listener: RequestListener = ({ url = '', headers }, response) => {
      seen.push(`${headers.host?.split(':')[0]} ${url}`);
      const location = locations[url];
      if (location === undefined) response.writeHead(url === '/bad' ? 500 : 200).end('fine');
      else response.writeHead(302, { location }).end('moved');
    };
    return { seen, listener };
  };

  test('follows redirects on the same host, with its headers', async () => {
    const other = serveRedirects({});
    const otherPort = await serveHttp(other.listener);
    const { seen, listener } = serveRedirects({ '/': 'a?b=1', '/a?b=1': `http://127.0.0.1:${otherPort}/c` });
    const port = await serveHttp(listener);
    expect(await probe(port, { headers: [['Host', 'shop']] })).toMatchObject({ ok: true, message: 'HTTP 200' });
    expect([...seen, ...other.seen]).toEqual(['shop /', 'shop /a?b=1', '127.0.0.1 /c']);
  });

  test('fails as the last one does, and says where that is', async () => {
    const refusing = await freePort();
    const { listener } = serveRedirects({ '/': '/bad', '/gone': `http://127.0.0.1:${refusing}/x` });
    const port = await serveHttp(listener);
    expect(await probe(port)).toMatchObject({ ok: false, status: 500, url: `http://127.0.0.1:${port}/bad` });
    expect(await probe(port, { path: '/gone' })).toEqual({
      ok: false,
      message: `connection refused on 127.0.0.1:${refusing}`,
      refusedBy: `127.0.0.1:${refusing}`,
      url: `http://127.0.0.1:${refusing}/x`,
    });
  });

  test('stops after ten requests', async () => {
    const { seen, listener } = serveRedirects({ '/': '/' });
    const port = await serveHttp(listener);
    expect(await probe(port)).toMatchObject({ ok: false, message: 'stopped after 10 redirects' });
    expect(seen).toHaveLength(10);
  });

  test('a redirect to another host is a success with a warning', async () => {
    const { seen, listener } = serveRedirects({ '/': 'http://example.com/', '/up': 'ftp://127.0.0.1/' });
    const port = await serveHttp(listener);
    expect(await probe(port)).toEqual({
      ok: true,
      message: 'HTTP 302',
      status: 302,
      warning: 'Probe terminated redirects, Response body: moved',
    });
    expect(await probe(port, { path: '/up' })).toMatchObject({
      ok: false,
      message: 'unsupported protocol scheme "ftp"',
    });
    expect(seen).toHaveLength(2);
  });

  test('tries ::1 for localhost when nobody listens on 127.0.0.1', async () => {
    const port = await serveHttp((_request, response) => void response.end('ok'), '::1');
    expect(await probe(port, { host: 'localhost' })).toMatchObject({ ok: true, message: 'HTTP 200' });
    expect(await probe(port, { host: '::1' })).toMatchObject({ ok: true, message: 'HTTP 200' });
  });

  test('speaks TLS without verifying the certificate', async () => {
    const server = createTlsServer(selfSigned, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    const port = await listen(server);
    expect(await probe(port, { scheme: 'https' })).toMatchObject({ ok: true, message: 'HTTP 200' });
  });

  test('says that a server does not speak TLS', async () => {
    const port = await serveBytes('HTTP/1.1 400 Bad Request\r\n\r\n');
    const { ok, message } = await probe(port, { scheme: 'https' });
    expect(ok).toBe(false);
    expect(message).toMatch(/^no answer: (ERR_SSL_|EPROTO)/);
  });

  test('does not wait for a connection that stays open after the answer', async () => {
    const port = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await probe(port)).toMatchObject({ ok: true, message: 'HTTP 200' });
  });

  test('stops at 10 KiB of an answer that does not end', async () => {
    let written = 0;
    const port = await listen(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const pump = (): void => {
          written += 4096;
          if (!socket.destroyed) socket.write('x'.repeat(4096), pump);
        };
        pump();
      }),
    );
    expect(await probe(port)).toMatchObject({ ok: true, message: 'HTTP 200' });
    expect(written).toBeLessThan(64 << 20);
  });

  test.each([
    ['nothing', '', 'connection closed without an answer'],
    ['half a head', 'HTTP/1.1 200 OK\r\nA: b', 'the answer ended in its head'],
    ['another protocol', '220 mail ESMTP\r\n', 'the answer is not HTTP/1'],
  ])('fails when the answer is %s', async (_name, bytes, message) => {
    const port = await serveBytes(bytes, (socket) => socket.end());
    expect(await probe(port)).toMatchObject({ ok: false, message });
  });

  test('fails when the connection is reset', async () => {
    const port = await listen(createServer((socket) => void socket.once('data', () => socket.resetAndDestroy())));
    expect(await probe(port)).toMatchObject({ ok: false, message: 'no answer: ECONNRESET' });
  });

  test('names the address that refuses', async () => {
    const port = await freePort();
    expect(await probe(port)).toMatchObject({ ok: false, message: `connection refused on 127.0.0.1:${port}` });
    expect(await probe(port, { host: '::1' })).toMatchObject({
      ok: false,
      message: `connection refused on [::1]:${port}`,
    });
    expect(await probe(port, { host: 'localhost' })).toMatchObject({
      ok: false,
      message: `connection refused on 127.0.0.1:${port}`,
    });
  });

  test('never looks a name up', async () => {
    expect(await probe(80, { host: 'example.invalid' })).toMatchObject({
      ok: false,
      message: 'example.invalid is neither an IP address nor localhost',
    });
  });

  test('is silent after it was ended, and its connection is gone', async () => {
    let closed: () => void;
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const results: ProbeResult[] = [];
    const handler = { kind: 'httpGet', scheme: 'http', host: '127.0.0.1', path: '/', headers: [] } as const;
    const port = await listen(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.on('close', () => closed());
        socket.once('data', () => end());
      }),
    );
    const end = probeHttp({ ...handler, port }, (result) => results.push(result));
    await isClosed;
    expect(results).toEqual([]);
  });
});

describe('tcpSocket probe', () => {
  test('succeeds when the connection is accepted', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {})));
    expect(await probePort(port)).toMatchObject({ ok: true, message: `connected to 127.0.0.1:${port}` });
    expect(await probePort(port, 'localhost')).toMatchObject({ ok: true, message: `connected to 127.0.0.1:${port}` });
  });

  test('names the address that refuses', async () => {
    const port = await freePort();
    expect(await probePort(port)).toMatchObject({ ok: false, message: `connection refused on 127.0.0.1:${port}` });
  });
});

describe('probes', () => {
  test('leave no descriptor open after a thousand', async () => {
    const http = await serveHttp((_request, response) => void response.end('ok'));
    const refusing = await freePort();
    const garbled = await serveBytes('SSH-2.0-x\r\n');
    const round = () =>
      Promise.all([probe(http), probePort(http), probe(refusing), probe(garbled), probePort(refusing)]);
    await round();
    const before = openFds();
    for (let i = 0; i < 200; i++) await round();
    // those of the servers close a moment later
    await expect.poll(openFds).toBeLessThanOrEqual(before);
  });
});
