import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Http2Answer } from '../../../src/init/http2-frames.ts';
import { probeGrpc } from '../../../src/init/probe-grpc.ts';
import type { ProbeResult } from '../../../src/init/probe-verdict.ts';
import { freePort } from '../../support/free-port.ts';
import { GrpcHealthServer } from '../../support/grpc-health-server.ts';

const probe = (port: number, service = ''): Promise<ProbeResult> =>
  new Promise((resolve) => probeGrpc({ kind: 'grpc', host: '127.0.0.1', port, service }, resolve));

describe('grpc probe', () => {
  const server = new GrpcHealthServer();
  let port = 0;
  beforeAll(async () => {
    port = await server.listen();
    for (const [service, status] of [
      ['', 1],
      ['db', 2],
      ['x'.repeat(200), 1],
    ] as const)
      server.statuses.set(service, status);
  });
  afterAll(() => server.close());

  test.each<[string, string, ProbeResult]>([
    ['succeeds where the server is SERVING', '', { ok: true, message: 'service healthy' }],
    ['asks for its service', 'db', { ok: false, message: 'service unhealthy (responded with "NOT_SERVING")' }],
    ['asks for services with long names', 'x'.repeat(200), { ok: true, message: 'service healthy' }],
    [
      'fails where the service is not known',
      'web',
      { ok: false, message: 'error: health rpc probe failed: rpc error: code = NotFound' },
    ],
  ])('%s', async (_, service, result) => {
    expect(await probe(port, service)).toEqual(result);
  });

  test('fails where nobody listens', async () => {
    const closed = await freePort();
    expect(await probe(closed)).toMatchObject({ ok: false, refusedBy: `127.0.0.1:${closed}` });
  });

  test.each<[string, string]>([
    ['answers HTTP/1', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['hangs up', ''],
  ])('fails at a server that %s', async (_, answer) => {
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(answer);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const result = await probe(typeof address === 'object' ? (address?.port ?? 0) : 0);
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/^error: health rpc probe failed: /) });
    other.close();
  });

  test('ends its connection when it is cancelled', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const closed = new Promise<void>((resolve) =>
      silent.once('connection', (socket) => {
        socket.on('error', () => {});
        socket.once('close', () => resolve());
        socket.once('data', () => cancel());
      }),
    );
    const listening = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const cancel = probeGrpc({ kind: 'grpc', host: '127.0.0.1', port: listening, service: '' }, () => {
      throw new Error('it was cancelled');
    });
    await closed;
    silent.close();
  });
});

describe('an HTTP/2 answer', () => {
  test('is read without any exception, whatever comes in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.constantFrom(0, 1, 3, 4, 6, 7, 9), (pieces, type) => {
        const answer = new Http2Answer();
        for (const piece of pieces) {
          const head = Buffer.from([0, 0, piece.length, type, piece[0] ?? 0, 0, 0, 0, 1]);
          const { outcome } = answer.take(Buffer.concat([head, piece]));
          if (outcome.kind !== 'partial') break;
        }
        const raw = new Http2Answer();
        for (const piece of pieces) raw.take(Buffer.from(piece));
      }),
    );
  });
});
