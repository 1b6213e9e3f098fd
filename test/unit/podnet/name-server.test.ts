import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterEach, expect, test } from 'vitest';
import { createMessageSplitter, withLength } from '../../../src/podnet/length-prefix.ts';
import { serveNames } from '../../../src/podnet/name-server.ts';
import { planZone } from '../../../src/podnet/plan-zone.ts';
import { createResolver } from '../../../src/podnet/resolver.ts';
import { freePort } from '../../support/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aPod, someDns, tellingForwarder } from './a-zone.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function served(): Promise<number> {
  const dns = someDns({ pods: [aPod({ name: 'web', ipv4: '10.99.0.2' })] });
  const resolver = createResolver(planZone(dns), tellingForwarder);
  const port = await freePort();
  const server = serveNames(
    { address: '127.0.0.1', port },
    () => resolver,
    () => undefined,
  );
  closers.push(() => server.close());
  await server.tried;
  return port;
}

/** A connection, and what came over it. */
function open(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  closers.push(() => socket.destroy());
  const ids: (number | undefined)[] = [];
  socket.on('error', () => undefined);
  socket.on(
    'data',
    createMessageSplitter((reply) => ids.push(decode(reply).id)),
  );
  return { socket, ids };
}

const query = (id: number, name = 'web'): Buffer =>
  withLength(encode({ type: 'query', id, questions: [{ type: 'A', name }] }));

test('many questions in one connection, sent at once, are all answered', async () => {
  const { socket, ids } = open(await served());
  const sent = Array.from({ length: 300 }, (_, id) => query(id, id % 3 === 0 ? 'www.example.com' : 'web'));
  socket.write(Buffer.concat(sent));
  await waitFor('all replies', () => ids.length === 300);
  expect(new Set(ids).size).toBe(300);
});

test('a message that is no query does not end the connection', async () => {
  const { socket, ids } = open(await served());
  socket.write(Buffer.concat([withLength(Buffer.from('not a query')), withLength(Buffer.alloc(40, 0xff)), query(7)]));
  await waitFor('the query after it is answered', () => ids.includes(7));
});

test('one address has 50 connections at most', async () => {
  const port = await served();
  const connections = Array.from({ length: 60 }, () => open(port));
  let closed = 0;
  for (const { socket } of connections) socket.on('close', () => closed++);
  await waitFor('ten are closed', () => closed === 10);
  const left = connections.filter(({ socket }) => !socket.destroyed);
  for (const { socket } of left) socket.write(query(1));
  await waitFor('the others are served', () => left.every(({ ids }) => ids.length === 1));
  left[0]?.socket.destroy();
  await waitFor('the place that is free again is taken', async () => {
    const { socket, ids } = open(port);
    socket.write(query(2));
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return ids.includes(2);
  });
});
