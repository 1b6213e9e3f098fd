/** /dev/fuse, the mount behind it and its files as mounts of their own, fuse(4), native/view.c. */
import { closeSync, constants as files, openSync } from 'node:fs';
import { constants } from 'node:os';
import { makeSocketPair, waitReadable } from './descriptors.ts';
import { lastErrno, libcFunction, nativeFunction } from './library.ts';
import { mount, mountFlag } from './mounts.ts';
import { trySignal } from './process.ts';
import { check } from './sys-error.ts';

const cRead = libcFunction('long read(int fd, void *buffer, size_t size)');
const cWrite = libcFunction('long write(int fd, void *buffer, size_t size)');
const cWaitpid = libcFunction('int waitpid(int pid, void *status, int options)');
const cCloneView = nativeFunction(
  'int podctl_clone_view(const char *source, void *names, int fuseFd, int socket, void *device)',
);
const cTakeFds = nativeFunction('int podctl_take_fds(int socket, void *fds, int count)');

const { EAGAIN, EINTR, ENOENT } = constants.errno;
const { SIGKILL } = constants.signals;
/** a child that sends no SIGCHLD, wait(2) */
const __WALL = 0x40000000;

/** Nonblocking, close-on-exec. Opened by the process that serves it and no other: a second holder makes the container unkillable. */
export const openFuse = (): number => openSync('/dev/fuse', files.O_RDWR | files.O_NONBLOCK);

/** A directory served through the fd, which readers of any user may read and nobody may write. Takes no answer to return. */
export function mountFuse(fd: number, path: string): void {
  const flags = mountFlag.ro | mountFlag.nosuid | mountFlag.nodev | mountFlag.noexec;
  const options = `fd=${fd},rootmode=40555,user_id=0,group_id=0,allow_other,default_permissions`;
  mount('podctl', path, 'fuse.podctl', flags, options);
}

/** The next request's length in the buffer; `none` waits now; `gone`: unmounted, and nothing comes any more. */
export function receiveRequest(fd: number, buffer: Buffer): number | 'none' | 'gone' {
  for (;;) {
    const got = Number(cRead(fd, buffer, buffer.length));
    if (got > 0) return got;
    const errno = lastErrno();
    if (errno === EAGAIN) return 'none';
    // ENOENT: who asked was interrupted
    if (errno !== EINTR && errno !== ENOENT) return 'gone';
  }
}

/** ENOENT means that who asked is gone, which is as good; there is nobody to tell of other errors. */
export const sendReply = (fd: number, reply: Buffer, length: number): void => {
  cWrite(fd, reply, length);
};

/** VIEW_FILES, native/podctl.h */
const maxFiles = 32;
/** So long may it take while the machine is busy. */
const cloneTimeoutMs = 10_000;

export interface ClonedFiles {
  /** detached mounts in the order of the names, close-on-exec */
  readonly trees: readonly number[];
  /** st_dev of the files: [major, minor] */
  readonly device: readonly [number, number];
}

/**
 * Clones files of the FUSE mount at `source`, which is unmounted there, while `serve` answers what that takes. Closes `fd` when it
 * throws: whoever still waits for an answer goes on then.
 */
export function cloneServed(fd: number, source: string, names: readonly string[], serve: () => void): ClonedFiles {
  // another process reads the one and writes the other until it is reaped
  const bytes = Buffer.from(`${names.join('\0')}\0\0`);
  const device = Buffer.alloc(8);
  const [ours, theirs] = makeSocketPair();
  let pid = 0;
  try {
    pid = startCloning(source, bytes, fd, theirs, device);
    const trees = awaitFiles(fd, ours, serve);
    if (trees.length < names.length) {
      trees.forEach(closeSync);
      throw new Error(`open_tree ${source}: refused`);
    }
    cWaitpid(pid, null, __WALL);
    return { trees, device: [device.readUInt32LE(0), device.readUInt32LE(4)] };
  } catch (error) {
    closeSync(fd);
    if (pid > 0) endCloning(pid);
    throw error;
  } finally {
    closeSync(ours);
  }
}

function endCloning(pid: number): void {
  trySignal(pid, SIGKILL);
  cWaitpid(pid, null, __WALL);
}

/** It alone holds `socket` then, which ends with it. */
function startCloning(source: string, names: Buffer, fd: number, socket: number, device: Buffer): number {
  try {
    return check('clone', cCloneView(source, names, fd, socket, device));
  } finally {
    closeSync(socket);
  }
}

/** None where the other process could not make them all. */
function awaitFiles(fd: number, socket: number, serve: () => void): number[] {
  for (let ready: number[] = []; !ready.includes(1); ) {
    ready = waitReadable([fd, socket], cloneTimeoutMs);
    if (ready.length === 0) throw new Error(`open_tree: no progress for ${cloneTimeoutMs / 1000} s`);
    if (ready.includes(0)) serve();
  }
  const fds = Buffer.alloc(4 * maxFiles);
  const count = check('recvmsg', cTakeFds(socket, fds, maxFiles));
  return Array.from({ length: count }, (_, i) => fds.readInt32LE(4 * i));
}
