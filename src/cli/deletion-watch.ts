import type { PodObject, WatchEvent } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import { podsPath } from './pod-paths.ts';
import { waitForPods } from './wait-for-pods.ts';

/**
 * Sees pods go. It is opened before the deletion is asked for, so that none can go unseen and nobody has to list afterwards:
 * a pod that obeys at once is gone within milliseconds.
 */
export class DeletionWatch {
  readonly #client: Client;
  readonly #namespace: string | undefined;
  readonly #controller: AbortController;
  readonly #events: AsyncGenerator<WatchEvent<PodObject>>;

  private constructor(
    client: Client,
    namespace: string | undefined,
    controller: AbortController,
    events: AsyncGenerator<WatchEvent<PodObject>>,
  ) {
    this.#client = client;
    this.#namespace = namespace;
    this.#controller = controller;
    this.#events = events;
  }

  /** `namespace` undefined: all of them. */
  static async open(client: Client, namespace: string | undefined): Promise<DeletionWatch> {
    const controller = new AbortController();
    const events = await client.watch<PodObject>(podsPath(namespace, { watch: true }), controller.signal);
    return new DeletionWatch(client, namespace, controller, events);
  }

  /** The pods still there when `timeoutMs` (negative: a week) is over; none when all are gone. */
  async waitUntilGone(pods: readonly PodObject[], timeoutMs: number): Promise<readonly PodObject[]> {
    const left = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
    const timer = timeoutMs < 0 ? undefined : setTimeout(() => this.#controller.abort(), timeoutMs);
    const startedAt = performance.now();
    try {
      if (left.size === 0) return [];
      for await (const event of this.#events) {
        if (event.type === 'DELETED') left.delete(event.object.metadata.uid);
        if (left.size === 0) return [];
      }
    } finally {
      clearTimeout(timer);
      this.#controller.abort();
    }
    const restMs = timeoutMs < 0 ? timeoutMs : Math.max(0, timeoutMs - (performance.now() - startedAt));
    return await this.#waitByListing(left, restMs);
  }

  // podd went away in the middle: another one (which this starts) finishes the deletion.
  async #waitByListing(left: Map<string, PodObject>, timeoutMs: number): Promise<readonly PodObject[]> {
    await waitForPods(this.#client, { namespace: this.#namespace }, timeoutMs, (present) => {
      const uids = new Set(present.map(({ metadata }) => metadata.uid));
      for (const uid of [...left.keys()]) if (!uids.has(uid)) left.delete(uid);
      return left.size === 0 ? true : undefined;
    });
    return [...left.values()];
  }
}
