/** Decides when a changed state is told: once per turn of the loop, and seldom enough that telling costs little. */

/** At most this share of PID 1's time goes into describing itself: the state of 500 programs takes milliseconds. */
const share = 0.1;

export class StatePublisher {
  readonly #publish: () => void;
  #cancel: (() => void) | undefined;
  #notBeforeMs = 0;

  constructor(publish: () => void) {
    this.#publish = publish;
  }

  /** Something changed; what holds in the end is always told. */
  changed(): void {
    if (this.#cancel !== undefined) return;
    const restMs = this.#notBeforeMs - performance.now();
    if (restMs <= 0) {
      const immediate = setImmediate(() => this.flush());
      this.#cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.flush(), restMs);
      this.#cancel = () => clearTimeout(timer);
    }
  }

  /** Now, if anything is untold. */
  flush(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    const startedMs = performance.now();
    this.#publish();
    const tookMs = performance.now() - startedMs;
    this.#notBeforeMs = startedMs + tookMs / share;
  }
}
