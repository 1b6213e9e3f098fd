/** Program output → CRI log lines `<time> <stream> <F|P> <text>`: one read buffer for all, one timestamp a chunk, no line torn. */
import { closeSync, readSync } from 'node:fs';
import { setNonblocking } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { type LogSink, timestamp } from './log-file.ts';

/** Lines longer than this are written in `P` parts, CRI's limit. */
const partBytes = 16 * 1024;
const chunkBytes = 256 * 1024;
/** Reads per wake-up: a flooding program must not starve its siblings or PID 1. */
const readsPerEvent = 4;
/** More than a pipe holds: what was written before the end is all there, and nobody can keep PID 1 reading. */
const lastReads = 16;
const newline = 0x0a;
const partialTag = 0x50; // P
/** The tag's place before the end of the prefix. */
const tagOffset = 2;

// Shared by all pumps of this process: each uses them only within one call.
const input = Buffer.allocUnsafeSlow(partBytes + chunkBytes + 1);
const output = Buffer.allocUnsafeSlow(1 << 20);
const outputReserve = partBytes + 128;

export interface LogPump {
  /** Take what is there now, without waiting; then the remainder without newline as a line of its own. */
  readonly finish: () => void;
}

/** Pump fd (owned from here on) into the log until its writers are gone. */
export function startLogPump(fd: number, stream: 'stdout' | 'stderr', log: LogSink): LogPump {
  let carry: Buffer | undefined;
  let open = true;
  setNonblocking(fd);

  const close = (): void => {
    open = false;
    watch.close();
    closeSync(fd);
    if (carry !== undefined) writeRest(carry);
    carry = undefined;
  };
  const writeRest = (rest: Buffer): void => {
    rest.copy(input, 0);
    input[rest.length] = newline;
    encodeLines(rest.length + 1, stream, log);
  };
  /** One read; false when nothing (more) came. */
  const pumpOnce = (): boolean => {
    const start = carry?.copy(input, 0) ?? 0;
    const got = tryRead(fd, start);
    if (got === 'empty') return false;
    if (got === 0) {
      close();
      return false;
    }
    const end = start + got;
    const used = encodeLines(end, stream, log);
    carry = used < end ? Buffer.from(input.subarray(used, end)) : undefined;
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

function tryRead(fd: number, offset: number): number | 'empty' {
  try {
    return readSync(fd, input, offset, chunkBytes, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'empty';
    throw error;
  }
}

/** Encode input[0..end) as CRI lines; returns how many bytes were used: what is left is a line begun, shorter than a part. */
function encodeLines(end: number, stream: string, log: LogSink): number {
  const prefix = Buffer.from(`${timestamp()} ${stream} F `, 'latin1');
  let used = 0;
  let filled = 0;
  let lines = 0;
  input[end] = newline; // the search must not run on into an older chunk
  while (used < end) {
    const found = input.indexOf(newline, used);
    const isFull = found < end && found - used <= partBytes;
    if (!isFull && end - used <= partBytes) break;
    const textEnd = isFull ? found : used + partBytes;
    prefix.copy(output, filled);
    filled += prefix.length;
    if (!isFull) output[filled - tagOffset] = partialTag;
    filled += input.copy(output, filled, used, textEnd);
    output[filled++] = newline;
    lines++;
    used = textEnd + Number(isFull);
    if (filled > output.length - outputReserve) {
      log.append(output, filled, lines);
      filled = 0;
      lines = 0;
    }
  }
  if (filled > 0) log.append(output, filled, lines);
  return used;
}
