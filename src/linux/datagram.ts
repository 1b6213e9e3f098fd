/** Datagram sockets of AF_UNIX, unix(7). */
import { closeSync, fchmodSync, lchownSync } from 'node:fs';
import { constants } from 'node:os';
import { lastErrno, libcFunction } from './library.ts';
import { check, errnoName, SysError } from './sys-error.ts';

const cSocket = libcFunction('int socket(int domain, int type, int protocol)');
const cBind = libcFunction('int bind(int fd, void *address, uint length)');
const cRecv = libcFunction('long recv(int fd, void *buffer, size_t length, int flags)');

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_TRUNC = 0x20;

/** sun_path without its NUL */
export const longestSocketPath = 107;

/**
 * A nonblocking, close-on-exec socket at a path that does not exist yet; mode 0600 from the first instant on, owned by
 * uid and gid. SysError ENAMETOOLONG over 107 bytes, EADDRINUSE where something lies there.
 */
export function bindDatagram(path: string, owner: { readonly uid: number; readonly gid: number }): number {
  const length = Buffer.byteLength(path);
  if (length > longestSocketPath) throw new SysError('bind', constants.errno.ENAMETOOLONG, path);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  const fd = check('socket', cSocket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  try {
    // unix_bind() gives the file the mode of the socket's own inode
    fchmodSync(fd, 0o600);
    check('bind', cBind(fd, address, 2 + length + 1), path);
    lchownSync(path, owner.uid, owner.gid);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Receive one datagram into the buffer; its real length, which may exceed the buffer's (the rest is lost). Undefined when
 * none waits. Descriptors sent along are closed by the kernel: there is no room for them (recv instead of recvmsg).
 */
export function receiveDatagram(fd: number, buffer: Buffer): number | undefined {
  const length = Number(cRecv(fd, buffer, buffer.length, MSG_TRUNC));
  if (length >= 0) return length;
  const errno = lastErrno();
  if (['EAGAIN', 'EINTR'].includes(errnoName(errno))) return undefined;
  throw new SysError('recv', errno);
}
