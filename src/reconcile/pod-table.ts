/** All pods, and which of them a name means. Of one name there can be two: one that is ending and one that waits for that end (`held`). */
import { PodError } from '../util/pod-error.ts';
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

  /** A pod that is there and is not being deleted. PodError `NotFound`, `Conflict`. */
  standing(namespace: string, name: string): Pod {
    const pod = this.visible(namespace, name);
    if (pod === undefined) throw podNotFound(name);
    if (pod.phase === 'sync') return pod;
    throw new PodError('Conflict', `pod ${name} is being deleted`, { details: { name, kind: 'pods' } });
  }

  #named(namespace: string, name: string): readonly Pod[] {
    return this.all().filter(({ spec }) => spec.name === name && spec.namespace === namespace);
  }
}

/** 404 in Kubernetes' words. */
export const podNotFound = (name: string): PodError =>
  new PodError('NotFound', `pods "${name}" not found`, { details: { name, kind: 'pods' } });
