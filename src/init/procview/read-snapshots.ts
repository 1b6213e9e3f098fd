/** What each open file of the view has shown last: whoever reads on from there reads the same text. Pure. */

/** Programs outside of their memory limit hold no more of ours than this. */
const maxBytes = 4 << 20;

export class ReadSnapshots {
  readonly #byHandle = new Map<number, Buffer>();
  #bytes = 0;

  /** The text for a read at this offset: a new one at the beginning, as the kernel's own files have it. */
  at(handle: number, offset: number, fresh: () => Buffer): Buffer {
    const known = offset === 0 ? undefined : this.#byHandle.get(handle);
    if (known !== undefined) return known;
    const text = fresh();
    this.drop(handle);
    this.#byHandle.set(handle, text);
    this.#bytes += text.length;
    for (const oldest of this.#byHandle.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.drop(oldest);
    }
    return text;
  }

  drop(handle: number): void {
    this.#bytes -= this.#byHandle.get(handle)?.length ?? 0;
    this.#byHandle.delete(handle);
  }
}
