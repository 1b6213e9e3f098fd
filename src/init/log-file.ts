/** One container's log on the host, `<attempt>.log`, rotated by rename: `.log.1` is the newest old one. */
import { closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { openAt, renameAt } from '../linux/at.ts';

export interface LogFile {
  /** Append whole lines; they are counted as dropped when the disk refuses them, never torn. */
  readonly append: (bytes: Buffer, length: number, lines: number) => void;
  readonly dropped: () => number;
}

/** A log that writes nowhere, for a pod's own PID 1 and the zygote's warm-up. */
export const noLogFile: LogFile = { append: () => {}, dropped: () => 0 };

/** `maxFiles` counts the file being written too (kubelet: containerLogMaxSize 10Mi, containerLogMaxFiles 5). */
export function openLogFile(directory: number, name: string, maxBytes: number, maxFiles: number): LogFile {
  let fd = -1;
  let size = 0;
  let dropped = 0;
  let unreported = 0;

  const open = (): void => {
    fd = openAt(directory, name, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o640);
    size = fstatSync(fd).size;
  };
  const rotate = (): void => {
    closeSync(fd);
    fd = -1;
    for (let n = maxFiles - 1; n > 0; n--) renameIfThere(directory, n === 1 ? name : `${name}.${n - 1}`, `${name}.${n}`);
    open();
  };
  const writeAll = (bytes: Buffer, length: number): void => {
    let written = 0;
    try {
      while (written < length) written += writeSync(fd, bytes, written, length - written);
      size += length;
    } catch (error) {
      if (written > 0) ftruncateSync(fd, size);
      throw error;
    }
  };
  const reportDropped = (): void => {
    const note = Buffer.from(`${timestamp()} stderr F podctl: ${unreported} log lines dropped: the disk refused them\n`);
    writeAll(note, note.length);
    unreported = 0;
  };
  const append = (bytes: Buffer, length: number, lines: number): void => {
    try {
      if (fd === -1) open();
      if (size > 0 && size + length > maxBytes) rotate();
      if (unreported > 0) reportDropped();
      writeAll(bytes, length);
    } catch {
      dropped += lines;
      unreported += lines;
    }
  };
  try {
    open();
  } catch {
    // a full disk: tried again with the first line
  }
  return { append, dropped: () => dropped };
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
