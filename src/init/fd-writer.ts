/** Ordered, nonblocking writes into a pipe or terminal, with back-pressure told to the source. */
import { closeSync, writeSync } from 'node:fs';
import { setNonblocking } from '../linux/descriptors.ts';
import { type FdWatch, watchFd, writable } from '../linux/poll.ts';

export interface FdWriter {
  /** false: the reader is slow, wait for onDrain. The bytes may be reused after the call. */
  readonly write: (bytes: Buffer) => boolean;
  /** close the fd once everything is written */
  readonly end: () => void;
  /** close the fd now */
  readonly destroy: () => void;
}

/** Owns fd from here on. Bytes for a reader that is gone are dropped silently, as for a closed pipe. */
export function openFdWriter(fd: number, onDrain: () => void): FdWriter {
  let queue: Buffer[] = [];
  let watch: FdWatch | undefined;
  let isOpen = true;
  let ending = false;
  setNonblocking(fd);

  const destroy = (): void => {
    if (!isOpen) return;
    isOpen = false;
    queue = [];
    watch?.close();
    closeSync(fd);
  };
  /** What could not be written; undefined when the reader is gone. */
  const tryWrite = (bytes: Buffer): Buffer | undefined => {
    let rest = bytes;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return undefined;
    }
    return rest;
  };
  const flush = (): void => {
    while (queue.length > 0) {
      const rest = tryWrite(queue[0] as Buffer);
      if (rest === undefined) return destroy();
      if (rest.length > 0) {
        queue[0] = rest;
        return;
      }
      queue.shift();
    }
    watch?.want(0);
    if (ending) destroy();
    else onDrain();
  };
  const write = (bytes: Buffer): boolean => {
    if (!isOpen) return true;
    const rest = queue.length > 0 ? bytes : tryWrite(bytes);
    if (rest === undefined) destroy();
    if (rest === undefined || rest.length === 0) return true;
    queue.push(Buffer.from(rest));
    if (watch === undefined) watch = watchFd(fd, writable, flush);
    else watch.want(writable);
    return false;
  };
  return {
    write,
    end: () => {
      ending = true;
      if (queue.length === 0) destroy();
    },
    destroy,
  };
}
