/** One program's log on the host, rotated by rename: `<file>.1` is the newest old one. */
import { closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { openAt, renameAt, unlinkAt } from '../linux/at.ts';
import type { ProgramLogsPlan } from '../model/launch-plan.ts';

/** Where encoded lines are written. */
export interface LogSink {
  /** Append `lines` lines in bytes[0..length); counted as dropped when the disk refuses them, never torn. */
  append(bytes: Buffer, length: number, lines: number): void;
}

export interface LogFileLimits extends Pick<ProgramLogsPlan, 'file' | 'maxBytes'> {
  /** counts the file being written too, as kubelet's containerLogMaxFiles */
  readonly maxFiles: number;
}

/** The disk has recovered when it took so much, or anything after so long, since it last refused. */
const recoveredBytes = 1 << 20;
const recoveredMs = 1000;

/**
 * Appends to a file in a directory given by fd. A disk that refuses is tried again with every chunk; `onLoss` is told at the
 * beginning of each such time, and one line in the log says at its end how many were dropped.
 */
export class LogFile implements LogSink {
  readonly #directory: number;
  readonly #onLoss: (reason: string) => void;
  readonly #settleMs: number;
  #limits: LogFileLimits;
  #fd = -1;
  #size = 0;
  #dropped = 0;
  /** dropped since the last line that told of it */
  #untold = 0;
  #refusedAtMs = 0;
  /** taken since the disk last refused */
  #taken = 0;

  constructor(directory: number, limits: LogFileLimits, onLoss: (reason: string) => void, settleMs = recoveredMs) {
    this.#directory = directory;
    this.#limits = limits;
    this.#onLoss = onLoss;
    this.#settleMs = settleMs;
    try {
      this.#open();
    } catch {
      // the first line tries again and tells
    }
  }

  dropped(): number {
    return this.#dropped;
  }

  /** Takes effect at once for files that are too many, with the next line for one that is too big. */
  reconfigure(limits: LogFileLimits): void {
    const isMoved = limits.file !== this.#limits.file;
    this.#limits = limits;
    if (isMoved) this.close();
    for (let n = Math.max(1, limits.maxFiles); isDone(() => unlinkAt(this.#directory, `${limits.file}.${n}`)); n++);
  }

  /** What comes later opens it again. */
  close(): void {
    if (this.#untold > 0 && this.#fd !== -1) isDone(() => this.#tell());
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  append(bytes: Buffer, length: number, lines: number): void {
    try {
      if (this.#fd === -1) this.#open();
      if (this.#size > 0 && this.#size + length > this.#limits.maxBytes) this.#rotate();
      if (this.#untold > 0 && this.#isRecovered()) this.#writeTold(bytes, length);
      else this.#write(bytes, length);
      this.#taken += length;
    } catch (error) {
      this.#drop(lines, error);
    }
  }

  /** Not at the first line that the disk takes again: on a full one there is often room for a short line, but not for the next. */
  #isRecovered(): boolean {
    return this.#taken >= recoveredBytes || performance.now() - this.#refusedAtMs >= this.#settleMs;
  }

  /** Both or neither: else a full disk would fill up with notes that it is full. */
  #writeTold(bytes: Buffer, length: number): void {
    const size = this.#size;
    const untold = this.#untold;
    this.#tell();
    try {
      this.#write(bytes, length);
    } catch (error) {
      ftruncateSync(this.#fd, size);
      this.#size = size;
      this.#untold = untold;
      throw error;
    }
  }

  #tell(): void {
    const text = `podctl: ${this.#untold} log lines dropped: the disk refused them`;
    const note = Buffer.from(`${timestamp()} stderr F ${text}\n`);
    this.#write(note, note.length);
    this.#untold = 0;
  }

  #open(): void {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
    this.#fd = openAt(this.#directory, this.#limits.file, flags, 0o640);
    this.#size = fstatSync(this.#fd).size;
  }

  #rotate(): void {
    closeSync(this.#fd);
    this.#fd = -1;
    const { file, maxFiles } = this.#limits;
    for (let n = maxFiles - 1; n > 0; n--) {
      renameIfThere(this.#directory, n === 1 ? file : `${file}.${n - 1}`, `${file}.${n}`);
    }
    if (maxFiles <= 1) isDone(() => unlinkAt(this.#directory, file));
    this.#open();
  }

  #write(bytes: Buffer, length: number): void {
    let written = 0;
    try {
      while (written < length) written += writeSync(this.#fd, bytes, written, length - written);
      this.#size += length;
    } catch (error) {
      if (written > 0) ftruncateSync(this.#fd, this.#size);
      throw error;
    }
  }

  #drop(lines: number, error: unknown): void {
    const isFirst = this.#untold === 0;
    this.#dropped += lines;
    this.#untold += lines;
    this.#taken = 0;
    this.#refusedAtMs = performance.now();
    if (isFirst) this.#onLoss(error instanceof Error ? error.message : String(error));
  }
}

function renameIfThere(directory: number, from: string, to: string): void {
  try {
    renameAt(directory, from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isDone(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

let lastMs = 0;
let inThisMs = 0;

/**
 * RFC3339Nano as the CRI log format has it. The clock is read in ms; what follows numbers the calls within one, so that the
 * logs of several programs merge in the order in which they were read.
 */
export function timestamp(): string {
  const ms = Date.now();
  inThisMs = ms === lastMs ? inThisMs + 1 : 0;
  lastMs = ms;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(inThisMs).padStart(6, '0')}Z`;
}
