/** Files of the kernel that are read again and again: opened at their first use, then one pread each. */
import { closeSync, constants, readSync } from 'node:fs';
import { openAt } from '../linux/at.ts';

/** A file that is not there is looked for again after this: on v2 it comes with its controller. */
const lookAgainMs = 10_000;

/** A seq_file gives what fits a page at once: only at its end it gives less than half of one. */
const shortRead = 2048;

const chunk = Buffer.allocUnsafeSlow(16_384);

export class KeptFiles {
  readonly #directories: readonly number[];
  readonly #fds = new Map<string, number>();
  readonly #missingUntil = new Map<string, number>();

  /** Each name is a path in the first of these directories that has it. The fds stay the caller's. */
  constructor(directories: readonly number[]) {
    this.#directories = directories;
  }

  /** What the file says now; '' where there is none, or none any more. */
  read(name: string): string {
    const fd = this.#fds.get(name) ?? this.#open(name);
    return fd === undefined ? '' : readWhole(fd);
  }

  /** The same of a file that is not worth keeping open. */
  readOnce(name: string): string {
    const fd = this.#find(name);
    if (fd === undefined) return '';
    try {
      return readWhole(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Only the zygote's warm-up does that. */
  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }

  #open(name: string): number | undefined {
    const now = performance.now();
    if (now < (this.#missingUntil.get(name) ?? 0)) return undefined;
    const fd = this.#find(name);
    if (fd === undefined) this.#missingUntil.set(name, now + lookAgainMs);
    else this.#fds.set(name, fd);
    return fd;
  }

  #find(name: string): number | undefined {
    for (const directory of this.#directories) {
      try {
        return openAt(directory, name, constants.O_RDONLY);
      } catch {
        // not in this hierarchy, or no descriptor is left: then there is nothing to tell
      }
    }
    return undefined;
  }
}

/** One read where the text is short. */
function readWhole(fd: number): string {
  let text = '';
  try {
    for (let got = -1; got !== 0; ) {
      got = readSync(fd, chunk, 0, chunk.length, text.length);
      text += chunk.toString('latin1', 0, got);
      if (got < shortRead) break;
    }
  } catch {
    // ENODEV: the cgroup is gone; ESRCH: the thread
  }
  return text;
}
