/** TCP connections from inside of another network namespace: made there, used here. */
import { closeSync } from 'node:fs';
import { isIPv6, Socket } from 'node:net';
import { constants } from 'node:os';
import { lastErrno, libcFunction } from './library.ts';
import { inNetworkNamespace } from './namespaces.ts';
import { watchFd, writable } from './poll.ts';
import { check, SysError } from './sys-error.ts';

const cSocket = libcFunction('int socket(int domain, int type, int protocol)');
const cConnect = libcFunction('int connect(int fd, void *address, uint length)');
const cGetsockopt = libcFunction('int getsockopt(int fd, int level, int name, void *value, void *length)');
const cInetPton = libcFunction('int inet_pton(int family, const char *text, void *bytes)');

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;

/**
 * Connects to an IP address as a process of the namespace would, none of which is asked; `namespaceFd` may be closed when this
 * returns. Rejects with SysError connect (ECONNREFUSED …), or with the signal's reason when it aborts first.
 */
export async function connectInNamespace(
  namespaceFd: number,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const target = encodeSocketAddress(address, port);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = inNetworkNamespace(namespaceFd, () => check('socket', cSocket(target.readUInt16LE(0), type, 0)));
  try {
    const where = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
    const errno = Number(cConnect(fd, target, target.length)) === 0 ? 0 : lastErrno();
    if (errno === constants.errno.EINPROGRESS) await connected(fd, where, signal);
    else if (errno !== 0) throw new SysError('connect', errno, where);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return new Socket({ fd, allowHalfOpen: true });
}

/** A socket that connects is writable when it has, or could not: connect(2), EINPROGRESS. */
function connected(fd: number, where: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      watch.close();
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const watch = watchFd(fd, writable, () => {
      const errno = readSocketError(fd);
      // promises want a turn of Node's own
      settle(() => setImmediate(() => (errno === 0 ? resolve() : reject(new SysError('connect', errno, where)))));
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function readSocketError(fd: number): number {
  const value = Buffer.alloc(4);
  const length = Buffer.from(new Uint32Array([value.length]).buffer);
  check('getsockopt SO_ERROR', cGetsockopt(fd, SOL_SOCKET, SO_ERROR, value, length));
  return value.readInt32LE(0);
}

/** sockaddr_in or sockaddr_in6, ip(7) and ipv6(7); the address must be one. */
function encodeSocketAddress(address: string, port: number): Buffer {
  const [family, offset, size] = isIPv6(address) ? [AF_INET6, 8, 28] : [AF_INET, 4, 16];
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  if (Number(cInetPton(family, address, bytes.subarray(offset))) !== 1) throw new Error(`bug: no address: ${address}`);
  return bytes;
}
