/** List, then watch from there, for as long as wanted: Kubernetes' informer in small. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchEvent } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import { ApiError } from './api-error.ts';
import type { Client } from './client.ts';

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** `list` replaces all that is known: it comes first, and again after a podd that went away was replaced. */
export type Followed<T> = { readonly list: readonly T[] } | { readonly event: WatchEvent<T> };

const reconnectPauseMs = 100;

/**
 * Ends only when `signal` aborts; survives a restart of podd (the client starts it again).
 * `pathOf` gives the path with further query parameters. Throws what the first list throws.
 */
export async function* followList<T>(
  client: Client,
  pathOf: (query: Readonly<Record<string, string | boolean>>) => string,
  signal: AbortSignal,
): AsyncGenerator<Followed<T>> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    if (!isFirst) await sleep(reconnectPauseMs);
    try {
      yield* listThenWatch(client, pathOf, signal);
    } catch (error) {
      if (!signal.aborted && (isFirst || !isTemporary(error))) throw error;
    }
  }
}

/** One round of followList: ends when podd ends the watch, throws when it cannot be asked. */
export async function* listThenWatch<T>(
  client: Client,
  pathOf: (query: Readonly<Record<string, string | boolean>>) => string,
  signal: AbortSignal,
): AsyncGenerator<Followed<T>> {
  const { metadata, items } = await client.json<Listed<T>>('GET', pathOf({}));
  yield { list: items };
  const path = pathOf({ watch: true, resourceVersion: metadata.resourceVersion });
  for await (const event of await client.watch<T>(path, signal)) yield { event };
}

/** podd between two lives, or a resource version of an earlier one: asking again helps. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof ApiError) return error.status.reason === 'Expired' || error.status.code === 503;
  return error instanceof PodError && (error.code === 'ConnectionLost' || error.code === 'DaemonDown');
}
