/** Files of containers, which may have been made to hurt who reads them: a link out, a FIFO, a device, one without an end. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { openDirectory, openInRoot } from './at.ts';

const maxBytes = 1 << 20;

/** A regular file of at most 1 MiB as text, by an O_PATH handle of it; `path` is for people. Throws for all else, which it does not open. */
export function readRegular(handle: number, path: string): string {
  if (!fstatSync(handle).isFile()) throw new Error(`${path} is not a regular file`);
  const fd = openSync(`/proc/self/fd/${handle}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    return readText(fd, path);
  } finally {
    closeSync(fd);
  }
}

function readText(fd: number, path: string): string {
  const bytes = Buffer.allocUnsafe(Math.min(maxBytes, fstatSync(fd).size) + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = readSync(fd, bytes, length, bytes.length - length, null);
  }
  if (length > maxBytes) throw new Error(`${path} is larger than 1 MiB`);
  return bytes.toString('utf8', 0, length);
}

/** An O_PATH handle of what is at a path in a directory: no symlink leads out of it, whoever changes them meanwhile. */
export function openInDirectory(directory: string, path: string): number {
  const root = openDirectory(directory);
  try {
    return openInRoot(root, path);
  } finally {
    closeSync(root);
  }
}
