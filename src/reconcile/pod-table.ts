/** All pods, and which of them a name means. Of one name there can be two: one that is ending and one that waits for that end (`held`). */
import type { Pod } from './pod.ts';

export class PodTable {
  readonly #pods = new Map<string, Pod>();

  add(pod: Pod): void {
    this.#pods.set(pod.uid, pod);
  }

  remove(pod: Pod): void {
    this.#pods.delete(pod.uid);
  }

  byUid(): ReadonlyMap<string, Pod> {
    return this.#pods;
  }

  all(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  /** The pod that the API shows under the name. */
  visible(namespace: string, name: string): Pod | undefined {
    return this.#named(namespace, name).find((pod) => !pod.held);
  }

  /** The pod that takes the visible one's place. */
  held(namespace: string, name: string): Pod | undefined {
    return this.#named(namespace, name).find((pod) => pod.held && pod.phase === 'sync');
  }

  #named(namespace: string, name: string): readonly Pod[] {
    return this.all().filter(({ spec }) => spec.name === name && spec.namespace === namespace);
  }
}
