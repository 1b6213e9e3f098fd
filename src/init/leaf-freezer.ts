/** Brings about that all in a leaf, or in all leaves, stands still: the effects `freeze` and `freezeAll`, and their opposites. */
import type { ProcessTree } from './process-tree.ts';

/** Between two looks at what does not stand still yet: a process in the kernel freezes when it leaves it. */
const firstLookMs = 1;
const slowestLookMs = 500;

/** What the kernel refuses for the moment (no descriptors left) is tried again; there is no timer but while something is to come. */
export class LeafFreezer {
  readonly #tree: ProcessTree;
  readonly #leaf: string | undefined;
  readonly #onFrozen: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(tree: ProcessTree, leaf: string | undefined, onFrozen: () => void) {
    this.#tree = tree;
    this.#leaf = leaf;
    this.#onFrozen = onFrozen;
  }

  /** Tells once when all stands still, perhaps before it returns. */
  freeze(): void {
    this.#try(() => this.#tree.freeze(this.#leaf), this.#onFrozen, firstLookMs);
  }

  thaw(): void {
    const thaw = (): boolean => {
      this.#tree.thaw(this.#leaf);
      return true;
    };
    this.#try(thaw, () => {}, firstLookMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #try(attempt: () => boolean, done: () => void, nextMs: number): void {
    this.stop();
    if (succeeds(attempt)) return done();
    this.#timer = setTimeout(() => this.#try(attempt, done, Math.min(2 * nextMs, slowestLookMs)), nextMs);
  }
}

function succeeds(attempt: () => boolean): boolean {
  try {
    return attempt();
  } catch {
    return false;
  }
}
