/** Brings about, or waits for, that nothing of a program is left: the effects `clear` and `drain`. */
import { setLongTimeout } from './long-timeout.ts';

/** Between two rounds of KILL: a fork can slip through on v1, and a foreign parent keeps its child's end to itself. */
const firstRoundMs = 2;
const slowestRoundMs = 200;
/** Between two looks at what drains by itself; ends of orphans are seen at once. */
const firstLookMs = 50;
const slowestLookMs = 1000;

export interface Emptied {
  /** no process is left that has to be; what throws (no descriptors left) is asked again */
  readonly isEmpty: () => boolean;
  /** KILL what is left, once */
  readonly kill: () => void;
  /** called once per clear or drain, perhaps before it returns */
  readonly onEmpty: () => void;
}

export class LeafEmptier {
  readonly #leaf: Emptied;
  #wanted: 'nothing' | 'clear' | 'drain' = 'nothing';
  #cancelTimer: (() => void) | undefined;
  #isHeld = false;

  constructor(leaf: Emptied) {
    this.#leaf = leaf;
  }

  clear(): void {
    this.#wanted = 'clear';
    this.#round(firstRoundMs);
  }

  drain(): void {
    if (this.#wanted === 'nothing') this.#wanted = 'drain';
    if (this.#wanted === 'drain') this.#round(firstLookMs);
  }

  isWaiting(): boolean {
    return this.#wanted !== 'nothing';
  }

  /** Its processes stand still: until they go on nothing is looked at again and again, and a clear kills once. */
  hold(): void {
    this.#isHeld = true;
    this.#cancelTimer?.();
  }

  goOn(): void {
    this.#isHeld = false;
    if (this.#wanted !== 'nothing') this.#round(this.#wanted === 'clear' ? firstRoundMs : firstLookMs);
  }

  /** A process ended: was it the last one? */
  look(): void {
    if (this.#wanted !== 'nothing' && this.#isEmpty()) this.#finish();
  }

  stop(): void {
    this.#wanted = 'nothing';
    this.#cancelTimer?.();
  }

  #round(nextMs: number): void {
    this.#cancelTimer?.();
    if (this.#isEmpty()) return this.#finish();
    const slowest = this.#wanted === 'clear' ? slowestRoundMs : slowestLookMs;
    if (!this.#isHeld) this.#cancelTimer = setLongTimeout(() => this.#round(Math.min(2 * nextMs, slowest)), nextMs);
    if (this.#wanted === 'clear') this.#kill();
  }

  #isEmpty(): boolean {
    try {
      return this.#leaf.isEmpty();
    } catch {
      return false;
    }
  }

  #kill(): void {
    try {
      this.#leaf.kill();
    } catch {
      // the next round tries again
    }
  }

  #finish(): void {
    this.stop();
    this.#leaf.onEmpty();
  }
}
