/** The objects that a session applied: its pods as they are, and their way out. */
import type { Client } from '../cli/client.ts';
import type { PodObject } from '../protocol/objects.ts';
import { whenAborted } from '../util/when-aborted.ts';
import { deleteObject } from './delete-objects.ts';
import type { DevNotice, ObjectName } from './notice.ts';
import { formatObjectName, keyOf } from './object-names.ts';
import { keysOfPod } from './pod-owners.ts';
import { type PodWatch, watchPods } from './pod-watch.ts';

export interface ObjectsOptions {
  readonly client: Client;
  readonly tell: (notice: DevNotice) => void;
  readonly onPods: (pods: readonly PodObject[]) => void;
  /** One of the session's pods was deleted by somebody else. */
  readonly onLost: () => void;
}

export class SessionObjects {
  readonly #options: ObjectsOptions;
  readonly #owned = new Map<string, ObjectName>();
  /** being deleted, not seen gone */
  readonly #leaving = new Map<string, ObjectName>();
  /** pods that were there when last looked at */
  #present: ReadonlySet<string> = new Set();
  #watch: PodWatch | undefined;
  #watched: string | undefined;

  constructor(options: ObjectsOptions) {
    this.#options = options;
  }

  /** All that was applied and is still there, as far as is known. */
  list(): readonly ObjectName[] {
    return [...this.#owned.values()];
  }

  pods(): readonly PodObject[] {
    return this.#watch?.pods() ?? [];
  }

  /** Resolves at the next change of one of the pods. */
  nextChange(): Promise<void> {
    return this.#watch?.nextChange() ?? Promise.resolve();
  }

  /** They were applied: from now on they are the session's. */
  take(objects: readonly ObjectName[]): void {
    const isNews = objects.some((object) => !this.#owned.has(keyOf(object)));
    for (const object of objects) {
      this.#owned.set(keyOf(object), object);
      this.#leaving.delete(keyOf(object));
    }
    const namespaces = [...new Set(this.list().map(({ namespace }) => namespace))];
    const scope = JSON.stringify(namespaces.length === 1 ? namespaces : []);
    if (this.#watched === scope) {
      if (isNews) this.#watch?.recheck();
      return;
    }
    this.#watched = scope;
    this.#present = new Set();
    this.#watch?.close();
    this.#watch = watchPods(this.#options.client, {
      namespace: namespaces.length === 1 ? namespaces[0] : undefined,
      isWanted: (pod) => keysOfPod(pod).some((key) => this.#owned.has(key)),
      onPods: (pods, isAnew) => this.#onPods(pods, isAnew),
      onProblem: (message) => this.#options.tell({ kind: 'problem', message }),
    });
  }

  /** The session has nothing to do with them any more. */
  leave(objects: readonly ObjectName[]): void {
    for (const object of objects) this.#owned.delete(keyOf(object));
  }

  /** Resolves when podd has been asked; pods go in their own time. */
  async delete(objects: readonly ObjectName[]): Promise<void> {
    if (objects.length === 0) return;
    const { client, tell } = this.#options;
    tell({ kind: 'deleting', objects });
    for (const object of objects) this.#leaving.set(keyOf(object), object);
    const ask = async (object: ObjectName): Promise<void> => {
      const failure = await deleteObject(client, object);
      if (failure === undefined && this.#isPresent(object)) return;
      this.#leaving.delete(keyOf(object));
      if (failure === undefined) this.#forget(object);
      else tell({ kind: 'problem', message: `${formatObjectName(object)} cannot be deleted: ${failure}` });
    };
    await Promise.all(objects.map(ask));
  }

  /** Resolves when all that was deleted is gone, or the signal aborts. */
  async gone(signal: AbortSignal): Promise<void> {
    const isAborted = whenAborted(signal);
    while (this.#leaving.size > 0 && !signal.aborted) await Promise.race([this.nextChange(), isAborted]);
  }

  close(): void {
    this.#watch?.close();
  }

  #onPods(pods: readonly PodObject[], isAnew: boolean): void {
    for (const object of [...this.#leaving.values()]) if (!this.#isPresent(object)) this.#forget(object);
    this.#tellLost();
    this.#options.onPods(pods);
    this.#options.tell({ kind: 'status', pods, isAnew });
  }

  #tellLost(): void {
    const before = this.#present;
    // What makes pods may have none for a while.
    const isPresent = (object: ObjectName): boolean => object.kind === 'Pod' && this.#isPresent(object);
    const lost = this.list().filter((object) => before.has(keyOf(object)) && !isPresent(object));
    this.#present = new Set(this.list().filter(isPresent).map(keyOf));
    for (const object of lost) {
      this.#options.onLost();
      this.#options.tell({
        kind: 'problem',
        message: `${formatObjectName(object)} was deleted by somebody else`,
        hint: 'save its manifest, and it is created again',
      });
    }
  }

  /** Only pods take their time, and what made them is there as long as they are. */
  #isPresent(object: ObjectName): boolean {
    return this.pods().some((pod) => keysOfPod(pod).includes(keyOf(object)));
  }

  #forget(object: ObjectName): void {
    this.#owned.delete(keyOf(object));
    this.#leaving.delete(keyOf(object));
    this.#options.tell({ kind: 'deleted', object });
  }
}
