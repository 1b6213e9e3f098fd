/** The container's grace, the effect `armGrace`: one timer that is only ever shortened. */
import { setLongTimeout } from './long-timeout.ts';

export class GraceTimer {
  readonly #onOver: () => void;
  #running: { readonly cancel: () => void; readonly endsAtMs: number } | undefined;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  arm(ms: number): void {
    const endsAtMs = performance.now() + ms;
    if (this.#running !== undefined && this.#running.endsAtMs <= endsAtMs) return;
    this.cancel();
    this.#running = { cancel: setLongTimeout(this.#onOver, ms), endsAtMs };
  }

  cancel(): void {
    this.#running?.cancel();
  }
}
