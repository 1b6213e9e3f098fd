/**
 * What probes and hooks ask, in one program: HTTP on 8080, TLS on 8443, gRPC health of service `db` on 9090, and a bare port 9000 that
 * `/open` opens. Each request over HTTP is a line of the file `seen`; `/live` answers 503 while the file `dead` is there. The directory
 * of both is its argument; key and certificate are in its environment.
 */
const { appendFileSync, existsSync } = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const { createServer } = require('node:net');
const { join } = require('node:path');

const dir = process.argv[2] ?? '.';

/** @type {Record<string, (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown>} */
const answers = {
  '/redirect': (_, response) => response.writeHead(302, { Location: '/asked?twice' }),
  '/asked?twice': ({ headers }, response) => {
    const isRight = headers['x-probe'] === 'yes' && headers.host === 'example.test';
    response.writeHead(isRight ? 200 : 400);
  },
  '/live': (_, response) => response.writeHead(existsSync(join(dir, 'dead')) ? 503 : 200),
  '/open': () => createServer((socket) => socket.destroy()).listen(9000, '::'),
};

http
  .createServer((request, response) => {
    const path = request.url ?? '';
    appendFileSync(join(dir, 'seen'), `${path}\n`);
    answers[path]?.(request, response);
    response.end();
  })
  .listen(8080, '::');

https
  .createServer({ key: process.env.KEY, cert: process.env.CERT }, (_, response) => response.end())
  .listen(8443, '::');

http2
  .createServer()
  .on('stream', (stream, headers) => {
    /** @type {Buffer[]} */
    const chunks = [];
    stream.on('error', () => undefined);
    stream.on('data', (bytes) => chunks.push(bytes));
    stream.on('end', () => {
      const isRight =
        headers[':path'] === '/grpc.health.v1.Health/Check' && String(Buffer.concat(chunks)).endsWith('db');
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': isRight ? 0 : 5 }));
      stream.end(isRight ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : undefined);
    });
  })
  .listen(9090, '::');
