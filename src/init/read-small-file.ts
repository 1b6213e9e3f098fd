/** Files of the container, which may have been made to hurt who reads them. */
import { closeSync } from 'node:fs';
import { openPath } from '../linux/at.ts';
import { readRegular } from '../linux/regular-file.ts';
import { isOwnFile } from './own-files.ts';

/**
 * A regular file of at most 1 MiB as text; else what is wrong with it, naming the path. A FIFO or device does not block.
 * `isOptional`: an absent file is an empty one.
 */
export function readSmallFile(path: string, options: { readonly isOptional?: boolean } = {}): string | Error {
  try {
    return readNotOwn(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && options.isOptional === true) return '';
    return new Error(message.startsWith(path) ? message : `${path}: ${code ?? message}`);
  }
}

/** A link may lead to a file that this process serves itself: to open that one would be to wait forever. */
function readNotOwn(path: string): string {
  const handle = openPath(path);
  try {
    if (isOwnFile(handle)) throw new Error('leads to a file that podinit makes');
    return readRegular(handle, path);
  } finally {
    closeSync(handle);
  }
}
