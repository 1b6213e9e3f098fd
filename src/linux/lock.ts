/** flock(2): one podd per state directory, held through its zygote and children in flight. */
import { closeSync, constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import { lastErrno, libcFunction } from './library.ts';
import { SysError } from './sys-error.ts';

const cFlock = libcFunction('int flock(int fd, int operation)');
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Lock the file (made if absent, mode 0600); undefined while somebody else holds it. The lock goes with the last copy of the fd. */
export function lockFile(path: string): number | undefined {
  const fd = openLockFile(path);
  try {
    if (lockDescriptor(fd, path)) return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

/** Open the file, made if absent, mode 0600, without locking it. */
export const openLockFile = (path: string): number => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);

/** Lock what the fd has open, for every process that shares it; false while somebody else holds it. */
export function lockDescriptor(fd: number, path: string): boolean {
  if (Number(cFlock(fd, LOCK_EX | LOCK_NB)) === 0) return true;
  const errno = lastErrno();
  if (errno === os.errno.EWOULDBLOCK || errno === os.errno.EAGAIN) return false;
  throw new SysError('flock', errno, path);
}
