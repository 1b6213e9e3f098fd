/** One container's log on the host, `<attempt>.log`, rotated by rename: `.log.1` is the newest old one. */
import { closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { openAt, renameAt } from '../linux/at.ts';

/** Where log pumps write whole lines. */
export interface LogSink {
  /** Append `lines` lines in bytes[0..length); counted as dropped when the disk refuses them, never torn. */
  append(bytes: Buffer, length: number, lines: number): void;
  dropped(): number;
}

/** Writes nowhere: a pod's own PID 1 has no programs. */
export const noLog: LogSink = { append: () => {}, dropped: () => 0 };

export interface LogFileOptions {
  readonly maxBytes: number;
  /** counts the file being written too (kubelet: containerLogMaxSize 10Mi, containerLogMaxFiles 5) */
  readonly maxFiles: number;
  /** lines begin to be dropped; called again only after the disk took lines in between */
  readonly onLoss: (reason: string) => void;
}

/** Appends to `name` in a directory given by fd. A disk that refuses is tried again with every chunk. */
export class LogFile implements LogSink {
  readonly #directory: number;
  readonly #name: string;
  readonly #options: LogFileOptions;
  #fd = -1;
  #size = 0;
  #dropped = 0;
  /** dropped since the disk last took a line */
  #unreported = 0;

  constructor(directory: number, name: string, options: LogFileOptions) {
    this.#directory = directory;
    this.#name = name;
    this.#options = options;
    try {
      this.#open();
    } catch {
      // the first line tries again and tells
    }
  }

  dropped(): number {
    return this.#dropped;
  }

  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  append(bytes: Buffer, length: number, lines: number): void {
    try {
      this.#makeReady(length);
      this.#write(bytes, length);
    } catch (error) {
      this.#drop(lines, error);
    }
  }

  #makeReady(length: number): void {
    if (this.#fd === -1) this.#open();
    if (this.#size > 0 && this.#size + length > this.#options.maxBytes) this.#rotate();
    if (this.#unreported === 0) return;
    const text = `podctl: ${this.#unreported} log lines dropped: the disk refused them`;
    const note = Buffer.from(`${timestamp()} stderr F ${text}\n`);
    this.#write(note, note.length);
    this.#unreported = 0;
  }

  #open(): void {
    this.#fd = openAt(this.#directory, this.#name, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o640);
    this.#size = fstatSync(this.#fd).size;
  }

  #rotate(): void {
    closeSync(this.#fd);
    this.#fd = -1;
    for (let n = this.#options.maxFiles - 1; n > 0; n--) {
      renameIfThere(this.#directory, n === 1 ? this.#name : `${this.#name}.${n - 1}`, `${this.#name}.${n}`);
    }
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
    const isFirst = this.#unreported === 0;
    this.#dropped += lines;
    this.#unreported += lines;
    if (isFirst) this.#options.onLoss(error instanceof Error ? error.message : String(error));
  }
}

function renameIfThere(directory: number, from: string, to: string): void {
  try {
    renameAt(directory, from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** RFC3339Nano as the CRI log format has it; the clock is read in ms. */
export const timestamp = (): string => `${new Date().toISOString().slice(0, -1)}000000Z`;
