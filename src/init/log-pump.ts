/** What programs print, read as it comes: one read buffer for all of this process, cut into whole lines and parts of long ones. */
import { closeSync } from 'node:fs';
import { readNow, setNonblocking } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Lines longer than this are handed on in parts, CRI's limit. */
export const partBytes = 16 * 1024;
const chunkBytes = 256 * 1024;
/** Reads per wake-up: a flooding program must not starve its siblings or PID 1. */
const readsPerEvent = 4;
/** More than a pipe holds: what was written before the end is all there, and nobody can keep PID 1 reading. */
const lastReads = 16;
const newline = 0x0a;

// Shared by all pumps of this process: each uses it only within one call.
const input = Buffer.allocUnsafeSlow(partBytes + chunkBytes + 1);

export interface PumpTarget {
  /** Bytes as they came, before they are cut into lines; valid during the call only, and no other pump may be run in it. */
  readonly chunk?: (bytes: Buffer, start: number, end: number) => void;
  /**
   * Takes the whole lines (and parts of `partBytes`) of bytes[0..end) and returns how many bytes those are (nextLine says which);
   * what is left is the beginning of a line. As `chunk`: no other pump may be run in it.
   */
  readonly lines: (bytes: Buffer, end: number) => number;
  /** After `lines`, with the buffer free again. */
  readonly settled?: () => void;
}

export interface LogPump {
  /** Take what is there now, without waiting; then the remainder without newline as a line of its own. */
  readonly finish: () => void;
}

/** Pump fd (owned from here on) into the target until its writers are gone. */
export function startLogPump(fd: number, target: PumpTarget, onEnd: () => void = () => {}): LogPump {
  let carry: Buffer | undefined;
  let open = true;
  setNonblocking(fd);

  const close = (): void => {
    open = false;
    watch.close();
    closeSync(fd);
    const rest = carry;
    carry = undefined;
    if (rest !== undefined) {
      rest.copy(input, 0);
      input[rest.length] = newline;
      target.lines(input, rest.length + 1);
      target.settled?.();
    }
    onEnd();
  };
  /** One read; false when nothing (more) came. */
  const pumpOnce = (): boolean => {
    const start = carry?.copy(input, 0) ?? 0;
    const got = readNow(fd, input, start, chunkBytes);
    if (got === 'empty') return false;
    if (got === 0) {
      close();
      return false;
    }
    const end = start + got;
    target.chunk?.(input, start, end);
    const used = target.lines(input, end);
    carry = used < end ? Buffer.from(input.subarray(used, end)) : undefined;
    target.settled?.();
    return true;
  };
  const watch = watchFd(fd, readable, () => {
    for (let i = 0; i < readsPerEvent && open && pumpOnce(); i++);
  });
  return {
    finish: () => {
      for (let i = 0; i < lastReads && open && pumpOnce(); i++);
      if (open) close();
    },
  };
}
