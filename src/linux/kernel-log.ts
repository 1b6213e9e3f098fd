/** /dev/kmsg (Documentation/ABI/testing/dev-kmsg): what the kernel has logged since the last look. Nothing is told of it; it is looked at when there is a cause. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cSeek = libcFunction('long lseek(int fd, long offset, int whence)');

const SEEK_END = 2;

export interface KernelLog {
  /** Lines since the last call, oldest first, without their prefix. */
  readonly readNew: () => readonly string[];
  readonly close: () => void;
}

/** From now on. Undefined where it cannot be read: no /dev/kmsg, or not allowed to. */
export function openKernelLog(): KernelLog | undefined {
  let fd = -1;
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
    check('lseek', cSeek(fd, 0, SEEK_END), '/dev/kmsg');
  } catch {
    if (fd >= 0) closeSync(fd);
    return undefined;
  }
  return { readNew: () => readRecords(fd), close: () => closeSync(fd) };
}

/** A longer one is refused by the kernel (EINVAL): CONSOLE_EXT_LOG_MAX. */
const record = Buffer.alloc(8192);

/** One read is one record: `level,sequence,µs,flags;text` and lines of keys, which begin with a space. */
function readRecords(fd: number): readonly string[] {
  const lines: string[] = [];
  for (;;) {
    try {
      const got = readSync(fd, record);
      if (got === 0) return lines;
      const [line = ''] = record.toString('utf8', 0, got).split('\n', 1);
      lines.push(line.slice(line.indexOf(';') + 1));
    } catch (error) {
      // EPIPE: some were overwritten before they were read; the next read goes on behind them.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return lines;
    }
  }
}
