/** `?watch=1`: JSON lines of WatchEvents; a slow watcher misses intermediate states, never the newest one. */
import type { ServerResponse } from 'node:http';
import { encodeLine } from '../protocol/json-lines.ts';
import type { ApiCall } from './api-context.ts';
import { integerOf, textOf } from './query.ts';
import { ApiError } from './status-errors.ts';
import { createWatchQueue, type Watchable, type WatchQueue } from './watch-queue.ts';
import type { WatchSource } from './watch-source.ts';

/**
 * Streams what `selects` lets through until the client leaves, `timeoutSeconds` pass or podd stops.
 * Without `resourceVersion` (or with `0`) the current objects come first as ADDED; with one, what changed since; too old: 410 Expired.
 */
export function serveWatch<T extends Watchable>(
  call: ApiCall,
  source: WatchSource<T>,
  selects: (object: T) => boolean,
): void {
  const { response, context, query } = call;
  const timeoutSeconds = integerOf(query, 'timeoutSeconds');
  const queue = openQueue(source, selects, textOf(query, 'resourceVersion'));
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const pump = (): void => sendPending(response, queue);
  const unsubscribe = source.subscribe(({ type, object }) => {
    queue.push(object, type === 'DELETED');
    pump();
  });
  const end = (): void => {
    response.end();
  };
  const timer = timeoutSeconds ? setTimeout(end, Math.min(timeoutSeconds * 1000, 2 ** 31 - 1)) : undefined;
  context.stopping.addEventListener('abort', end, { once: true });
  response.on('drain', pump);
  response.once('close', () => {
    unsubscribe();
    clearTimeout(timer);
    context.stopping.removeEventListener('abort', end);
  });
  if (context.stopping.aborted) end();
  pump();
}

function openQueue<T extends Watchable>(
  source: WatchSource<T>,
  selects: (object: T) => boolean,
  resourceVersion: string | undefined,
): WatchQueue<T> {
  if (resourceVersion === undefined || resourceVersion === '0') {
    const queue = createWatchQueue(selects);
    for (const object of source.list()) queue.push(object, false);
    return queue;
  }
  const changes = source.changesSince(resourceVersion);
  if (changes === undefined)
    throw new ApiError('Expired', `too old resource version: ${resourceVersion} (${source.resourceVersion()})`);
  const queue = createWatchQueue(selects, [...changes.unchanged, ...changes.deleted].filter(selects));
  for (const object of changes.deleted) queue.push(object, true);
  for (const object of changes.changed) queue.push(object, false);
  return queue;
}

// Nothing is written while the connection is full: what waits in the queue is bounded, what waits in a socket is not.
function sendPending<T>(response: ServerResponse, queue: WatchQueue<T>): void {
  while (!response.writableNeedDrain && !response.writableEnded) {
    const event = queue.take();
    if (event === undefined) return;
    response.write(encodeLine(event));
  }
}
