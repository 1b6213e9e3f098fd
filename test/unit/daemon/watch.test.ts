import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLineSplitter } from '../../../src/protocol/json-lines.ts';
import type { PodObject, WatchEvent } from '../../../src/protocol/objects.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

/** Resolves when podd watches. */
function openWatch(query: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: server.socket, path: `/api/v1/pods?watch=1&${query}`, agent: false }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<string> {
  const lines: string[] = [];
  const feed = createLineSplitter((line) => lines.push(line));
  for await (const chunk of response) {
    feed(chunk as Buffer);
    for (const line of lines.splice(0)) {
      const { type, object } = JSON.parse(line) as WatchEvent<PodObject>;
      yield `${type} ${object.metadata.name}`;
    }
  }
}

async function take(events: AsyncGenerator<string>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push((await events.next()).value);
  return taken;
}

async function takeAll(events: AsyncGenerator<string>): Promise<string[]> {
  const taken: string[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

describe('a watch', () => {
  test('begins with what is there and goes on with changes', async () => {
    server.reconciler.put(aPod({ name: 'a' }));
    const events = eventsOf(await openWatch(''));
    expect(await take(events, 1)).toEqual(['ADDED a']);
    server.reconciler.put(aPod({ name: 'b' }));
    expect(await take(events, 1)).toEqual(['ADDED b']);
    server.reconciler.put(aPod({ name: 'a', labels: { x: 'y' } }));
    server.reconciler.remove('default', 'b');
    expect(await take(events, 2)).toEqual(['MODIFIED a', 'DELETED b']);
  });

  test('tells of pods that enter and leave its selection', async () => {
    const events = eventsOf(await openWatch('labelSelector=app%3Dx'));
    server.reconciler.put(aPod({ name: 'other' }));
    server.reconciler.put(aPod({ name: 'a', labels: { app: 'x' } }));
    expect(await take(events, 1)).toEqual(['ADDED a']);
    server.reconciler.put(aPod({ name: 'a' }));
    expect(await take(events, 1)).toEqual(['DELETED a']);
    server.reconciler.remove('default', 'a');
    server.reconciler.put(aPod({ name: 'b', labels: { app: 'x' } }));
    expect(await take(events, 1)).toEqual(['ADDED b']);
  });

  test('goes on from the resource version of a list, deletions included', async () => {
    server.reconciler.put(aPod({ name: 'a' }));
    server.reconciler.put(aPod({ name: 'b' }));
    const { resourceVersion } = (await callApi(server.socket, 'GET', '/api/v1/pods')).body.metadata;
    server.reconciler.put(aPod({ name: 'c' }));
    server.reconciler.remove('default', 'a');
    server.reconciler.put(aPod({ name: 'b', labels: { x: 'y' } }));
    const events = eventsOf(await openWatch(`resourceVersion=${resourceVersion}`));
    expect(await take(events, 3)).toEqual(['DELETED a', 'ADDED c', 'ADDED b']);
    server.reconciler.put(aPod({ name: 'c', labels: { x: 'y' } }));
    expect(await take(events, 1)).toEqual(['MODIFIED c']);
  });

  test('ends after timeoutSeconds', async () => {
    server.reconciler.put(aPod({ name: 'a' }));
    expect(await takeAll(eventsOf(await openWatch('timeoutSeconds=1')))).toEqual(['ADDED a']);
    expect(server.reconciler.subscribers()).toBe(1);
  });

  test('ends cleanly when podd stops', async () => {
    const events = takeAll(eventsOf(await openWatch('')));
    server.reconciler.put(aPod({ name: 'a' }));
    await server.close();
    expect(await events).toEqual(['ADDED a']);
  });

  test('costs nothing once the client has left', async () => {
    const response = await openWatch('');
    expect(server.reconciler.subscribers()).toBe(2);
    response.destroy();
    // Each round trip lets podd see what happened on its other connections.
    while (server.reconciler.subscribers() > 1) await callApi(server.socket, 'GET', '/healthz');
  });

  test('of a client that does not read keeps podd from piling up events, and ends with the newest state', async () => {
    const socket = connect({ path: server.socket });
    const head = new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.write('GET /api/v1/pods?watch=1 HTTP/1.1\r\nhost: podd\r\n\r\n');
    await head;
    socket.pause();
    const padding = 'x'.repeat(100_000);
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 2000; round += 1) {
      server.reconciler.put(aPod({ name: 'a', annotations: { round: String(round), padding } }));
      if (round % 100 === 0) await callApi(server.socket, 'GET', '/healthz');
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    const newest = new Promise<void>((resolve) => {
      let tail = '';
      socket.on('data', (chunk) => {
        const text = tail + chunk.toString('latin1');
        if (text.includes('"round":"1999"')) resolve();
        tail = text.slice(-100);
      });
    });
    socket.resume();
    await newest;
    socket.destroy();
  });
});
