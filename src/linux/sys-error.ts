/** The kernel's refusals as errors: `mount /data: EACCES`. */
import { constants } from 'node:os';
import { lastErrno } from './library.ts';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number as number, name]));
names.set(constants.errno.EAGAIN, 'EAGAIN');

/** `EACCES` for 13; `errno 524` for a number without a name in errno(3). */
export const errnoName = (errno: number): string => names.get(errno) ?? `errno ${errno}`;

/** A system call failed. `code` is the errno name as node's own errors have it. */
export class SysError extends Error {
  readonly syscall: string;
  readonly errno: number;
  readonly code: string;
  readonly path: string | undefined;

  constructor(syscall: string, errno: number, path?: string) {
    super(`${syscall}${path === undefined ? '' : ` ${path}`}: ${errnoName(errno)}`);
    this.name = 'SysError';
    this.syscall = syscall;
    this.errno = errno;
    this.code = errnoName(errno);
    this.path = path;
  }
}

/** The result of a call that returns −1 on failure; throws SysError then. */
export function check(syscall: string, result: number | bigint, path?: string): number {
  if (Number(result) < 0) throw new SysError(syscall, lastErrno(), path);
  return Number(result);
}
