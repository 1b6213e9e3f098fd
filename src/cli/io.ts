/** The process's edges as a value: output, environment, clock. Streams are made only when asked for: each costs a module load. */
import { fstatSync, writeSync } from 'node:fs';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** To standard output, written when it returns: nothing is lost by a process.exit behind it. */
  readonly out: (text: string) => void;
  /** To standard error, as `out`. */
  readonly err: (text: string) => void;
  /** wall clock in ms */
  readonly now: () => number;
  /** whether standard output (error) is a terminal that wants colours: no NO_COLOR (no-color.org), no TERM=dumb */
  readonly colour: boolean;
  readonly errColour: boolean;
  /** width of the terminal that standard output is; absent when it is none */
  readonly columns?: number | undefined;
}

/** The real one. `out` and `err` throw EPIPE when the reader is gone. */
export function processIo(): Io {
  const { env } = process;
  return {
    env,
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    now: Date.now,
    get colour() {
      return wantsColour(1, env);
    },
    get errColour() {
      return wantsColour(2, env);
    },
    get columns() {
      return isCharacterDevice(1) && process.stdout.isTTY === true ? process.stdout.columns || 80 : undefined;
    },
  };
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      // A terminal or pipe shared with a program that made it non-blocking: wait for its reader.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function wantsColour(fd: 1 | 2, env: Io['env']): boolean {
  if (env.NO_COLOR || env.TERM === 'dumb') return false;
  // The cheap question first: node:tty is loaded only for what can be a terminal at all.
  if (!isCharacterDevice(fd)) return false;
  return (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Whether the locale prints UTF-8, locale(7): the first of LC_ALL, LC_CTYPE and LANG that is set decides. */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG }: Io['env']): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
