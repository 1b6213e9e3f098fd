/** Whole lines into a descriptor whose reader may be slow or gone: never waits, drops whole lines beyond a bound, counts them. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { setNonblocking } from '../linux/descriptors.ts';
import { type FdWatch, watchFd, writable } from '../linux/poll.ts';

/** So much may wait for a reader. */
const maxQueuedBytes = 1 << 20;
const stepMs = 2;

export interface LineQueueEvents {
  /** lines begin to be dropped */
  readonly onLoss: (reason: string) => void;
  /** the line, with its newline, that says how many were dropped; written when the reader has caught up */
  readonly noteOf: (lines: number) => Buffer;
}

/** Pipes, sockets and terminals are written without blocking; regular files plainly. fd stays the caller's. */
export class LineQueue {
  readonly #own: { readonly fd: number; readonly close: () => void };
  readonly #events: LineQueueEvents;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** since the last note that told of them; nothing is taken while there are any */
  #dropped = 0;
  #watch: FdWatch | undefined;

  constructor(fd: number, events: LineQueueEvents) {
    this.#own = openOwn(fd);
    this.#events = events;
  }

  /** All of the `lines` lines in bytes, or none: false. The bytes may be reused after the call. */
  push(bytes: Buffer, lines: number): boolean {
    if (this.#queue.length > 0 || this.#dropped > 0) this.#catchUp();
    if (this.#dropped > 0 || this.#queuedBytes + bytes.length > maxQueuedBytes) {
      return this.#drop(lines, 'its reader is too slow');
    }
    if (this.#queue.length > 0) {
      this.#enqueue(bytes);
      return true;
    }
    const { rest, problem } = tryWrite(this.#own.fd, bytes);
    if (problem === 'EPIPE') return this.#drop(lines, 'its reader is gone');
    if (rest.length === 0) return true;
    this.#enqueue(rest);
    this.#waitForReader();
    return true;
  }

  /** Writes what waits, no longer than maxMs: only for the end, for it blocks. */
  drain(maxMs: number): void {
    const end = performance.now() + maxMs;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      const problem = this.#writeQueued();
      if (problem === undefined || problem === 'EPIPE' || performance.now() >= end) return;
      Atomics.wait(pause, 0, 0, stepMs);
    }
  }

  /** Takes back what it opened; the caller's fd stays open. */
  close(): void {
    this.#watch?.close();
    this.#queue = [];
    this.#own.close();
  }

  #enqueue(bytes: Buffer): void {
    this.#queue.push(Buffer.from(bytes));
    this.#queuedBytes += bytes.length;
  }

  /** Why it does not go on; undefined when all is written. */
  #writeQueued(): string | undefined {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const { rest, problem } = tryWrite(this.#own.fd, first);
      this.#queuedBytes -= first.length - rest.length;
      if (rest.length > 0) this.#queue[0] = rest;
      else this.#queue.shift();
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #catchUp(): void {
    const problem = this.#writeQueued();
    if (problem === 'EPIPE') this.#loseQueue();
    if (problem !== undefined) return;
    this.#watch?.want(0);
    if (this.#dropped > 0) this.#tellDropped();
  }

  /** Nobody reads any more; a watch would wake up for that without end. */
  #loseQueue(): void {
    this.#watch?.want(0);
    this.#drop(countLines(this.#queue), 'its reader is gone');
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #tellDropped(): void {
    const note = this.#events.noteOf(this.#dropped);
    const { rest, problem } = tryWrite(this.#own.fd, note);
    if (rest.length < note.length) this.#dropped = 0;
    if (this.#dropped === 0 && rest.length > 0) this.#enqueue(rest);
    if (problem === 'EAGAIN') this.#waitForReader();
  }

  #waitForReader(): void {
    if (this.#watch !== undefined) return this.#watch.want(writable);
    try {
      this.#watch = watchFd(this.#own.fd, writable, () => this.#catchUp(), { keepsAlive: false });
    } catch {
      // a regular file: the next push tries again
    }
  }

  #drop(lines: number, reason: string): false {
    if (this.#dropped === 0) this.#events.onLoss(reason);
    this.#dropped += lines;
    return false;
  }
}

const newline = 0x0a;

function countLines(buffers: readonly Buffer[]): number {
  let lines = 0;
  for (const buffer of buffers) for (const byte of buffer) lines += Number(byte === newline);
  return lines;
}

interface WriteOutcome {
  readonly rest: Buffer;
  /** errno name */
  readonly problem?: string | undefined;
}

function tryWrite(fd: number, bytes: Buffer): WriteOutcome {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    return { rest };
  } catch (error) {
    return { rest, problem: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/**
 * O_NONBLOCK belongs to the open file, which is shared with the shell that started us and with our neighbours in a pipeline:
 * where it can be opened anew, that one is made nonblocking. A socket cannot.
 */
function openOwn(fd: number): { readonly fd: number; readonly close: () => void } {
  const shared = { fd, close: () => {} };
  const stat = fstatSync(fd);
  if (stat.isFile()) return shared;
  try {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    const own = openSync(`/proc/self/fd/${fd}`, flags);
    return { fd: own, close: () => closeSync(own) };
  } catch {
    // no /proc, not our file, or nobody reads
  }
  // a terminal is better blocked than broken for the shell
  if (stat.isFIFO() || stat.isSocket()) setNonblocking(fd);
  return shared;
}
