/** Unix sockets in directories whose names are long. */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface SocketPath {
  /** fits into sockaddr_un while not closed */
  readonly path: string;
  readonly close: () => void;
}

/**
 * A name for the socket that fits into sun_path, 107 bytes and a NUL (unix(7)): the path itself, else one through a directory fd.
 * Throws the open(2) error when the directory cannot be opened; never closed for a listening socket: libuv unlinks it by this name.
 */
export function openSocketPath(path: string): SocketPath {
  if (Buffer.byteLength(path) <= maxSunPathBytes) return { path, close: () => undefined };
  const fd = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: join('/proc/self/fd', String(fd), basename(path)), close: () => closeSync(fd) };
}

const maxSunPathBytes = 107;
