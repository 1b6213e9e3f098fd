/** Files of the container, which may have been made to hurt who reads them. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { openPath } from '../linux/at.ts';
import { isOwnFile } from './own-files.ts';

const maxBytes = 1 << 20;

/**
 * A regular file of at most 1 MiB as text; else what is wrong with it, naming the path. A FIFO or device does not block.
 * `isOptional`: an absent file is an empty one.
 */
export function readSmallFile(path: string, options: { readonly isOptional?: boolean } = {}): string | Error {
  try {
    const fd = openNotOwn(path);
    try {
      return readRegular(fd, path);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && options.isOptional === true ? '' : new Error(`${path}: ${code ?? message}`);
  }
}

/** A link may lead to a file that this process serves itself: to open that one would be to wait forever. */
function openNotOwn(path: string): number {
  const handle = openPath(path);
  try {
    if (isOwnFile(handle)) throw new Error('leads to a file that podinit makes');
    return openSync(`/proc/self/fd/${handle}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } finally {
    closeSync(handle);
  }
}

function readRegular(fd: number, path: string): string | Error {
  if (!fstatSync(fd).isFile()) return new Error(`${path} is not a regular file`);
  const bytes = Buffer.allocUnsafe(Math.min(maxBytes, fstatSync(fd).size) + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = readSync(fd, bytes, length, bytes.length - length, null);
  }
  return length > maxBytes ? new Error(`${path} is larger than 1 MiB`) : bytes.toString('utf8', 0, length);
}
