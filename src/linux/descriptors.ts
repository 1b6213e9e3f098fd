/** Pipes, sockets and terminals as raw fds. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cPipe2 = libcFunction('int pipe2(_Out_ int *fds, int flags)');
const cFcntl = libcFunction('int fcntl(int fd, int command, int argument)');
const cSocket = libcFunction('int socket(int domain, int type, int protocol)');
const cBind = libcFunction('int bind(int fd, void *address, uint length)');
const cListen = libcFunction('int listen(int fd, int backlog)');
const cIoctl = libcFunction('int ioctl(int fd, ulong request, void *argument)');
const cIoctlNumber = libcFunction('int ioctl(int fd, ulong request, long argument)');
const cPoll = libcFunction('int poll(void *fds, ulong count, int timeoutMs)');

const O_CLOEXEC = 0o2000000;
const F_SETFL = 4;
const F_SETPIPE_SZ = 1031;
const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/** A close-on-exec pipe: [read end, write end]. */
export function makePipe(): [number, number] {
  const fds = [0, 0];
  check('pipe2', cPipe2(fds, O_CLOEXEC));
  return [fds[0] as number, fds[1] as number];
}

const cSocketpair = libcFunction('int socketpair(int domain, int type, int protocol, _Out_ int *fds)');

/** Two connected unix stream sockets, close-on-exec. */
export function makeSocketPair(): [number, number] {
  const fds = [0, 0];
  check('socketpair', cSocketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  return [fds[0] as number, fds[1] as number];
}

const F_DUPFD_CLOEXEC = 1030;

/** A second close-on-exec descriptor of the same open file. */
export const duplicate = (fd: number): number => check('fcntl', cFcntl(fd, F_DUPFD_CLOEXEC, 3));

export const setNonblocking = (fd: number): number => check('fcntl', cFcntl(fd, F_SETFL, constants.O_NONBLOCK));

/** What a nonblocking fd has now, into the buffer from `offset` on; 0 at the end, also of a terminal whose last user is gone (EIO). */
export function readNow(fd: number, buffer: Buffer, offset = 0, length = buffer.length - offset): number | 'empty' {
  try {
    return readSync(fd, buffer, offset, length, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 'empty';
    if (code === 'EIO') return 0;
    throw error;
  }
}

/** Ask for a larger pipe buffer; refused beyond /proc/sys/fs/pipe-max-size, which is tolerated. */
export const growPipe = (fd: number, bytes: number): void => {
  cFcntl(fd, F_SETPIPE_SZ, bytes);
};

/** A listening unix socket bound to a path of at most 107 bytes, relative to the working directory. */
export function listenUnix(path: string, backlog = 64): number {
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  const fd = check('socket', cSocket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  try {
    check('bind', cBind(fd, address, 2 + Buffer.byteLength(path) + 1), path);
    check('listen', cListen(fd, backlog), path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;

/** `ip link set lo up` in the present network namespace, netdevice(7). */
export function bringLoopbackUp(): void {
  const request = Buffer.alloc(40);
  request.write('lo', 0);
  const fd = check('socket', cSocket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    check('ioctl SIOCGIFFLAGS', cIoctl(fd, SIOCGIFFLAGS, request), 'lo');
    request.writeUInt16LE(request.readUInt16LE(16) | IFF_UP, 16);
    check('ioctl SIOCSIFFLAGS', cIoctl(fd, SIOCSIFFLAGS, request), 'lo');
  } finally {
    closeSync(fd);
  }
}

const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;
const TIOCSWINSZ = 0x5414;

export interface Terminal {
  readonly controller: number;
  readonly peer: number;
}

/** A new pty of the devpts at /dev/pts, pty(7); the peer is opened by handle, not by a path a container could change. */
export function openTerminal(): Terminal {
  const flags = constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC;
  const controller = openSync('/dev/ptmx', flags);
  try {
    check('ioctl TIOCSPTLCK', cIoctl(controller, TIOCSPTLCK, Buffer.alloc(4)));
    return { controller, peer: check('ioctl TIOCGPTPEER', cIoctlNumber(controller, TIOCGPTPEER, flags)) };
  } catch (error) {
    closeSync(controller);
    throw error;
  }
}

/** TIOCSWINSZ: the foreground process group gets SIGWINCH when the size changed. */
export function setTerminalSize(fd: number, rows: number, columns: number): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(rows & 0xffff, 0);
  size.writeUInt16LE(columns & 0xffff, 2);
  check('ioctl TIOCSWINSZ', cIoctl(fd, TIOCSWINSZ, size));
}

const POLLIN = 1;

/** Block until one of the fds is readable or hung up, or the time is over (−1: no limit); their indexes. */
export function waitReadable(fds: readonly number[], timeoutMs: number): number[] {
  const table = Buffer.alloc(8 * fds.length);
  fds.forEach((fd, i) => {
    table.writeInt32LE(fd, 8 * i);
    table.writeInt16LE(POLLIN, 8 * i + 4);
  });
  cPoll(table, fds.length, timeoutMs);
  return fds.flatMap((_, i) => (table.readInt16LE(8 * i + 6) === 0 ? [] : [i]));
}
