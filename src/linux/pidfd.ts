/** Know when a process is gone that need not be a child: pidfd_open(2). */
import { closeSync } from 'node:fs';
import { lastErrno, libcFunction } from './library.ts';
import { readable, watchFd } from './poll.ts';
import { isAlive, readZombieStatus } from './procfs.ts';
import { check, errnoName, SysError } from './sys-error.ts';

const SYS_pidfd_open = 434;
const cPidfdOpen = libcFunction('long syscall(long number, int pid, uint flags)');
const cIoctl = libcFunction('int ioctl(int fd, ulong request, void *argument)');

/** PIDFD_GET_INFO, linux/pidfd.h (6.13; exit status since 6.15): _IOWR(0xFF, 11, 64 bytes). */
const PIDFD_GET_INFO = 0xc040ff0b;
const PIDFD_INFO_EXIT = 1n << 3n;
const infoBytes = 64;
const exitCodeOffset = 60;

/** Raw wait status of a dead process: of a zombie from /proc, of a reaped one from its pidfd, where the kernel keeps it (6.15). */
function exitStatus(fd: number, pid: number): number | undefined {
  const ofZombie = readZombieStatus(pid);
  if (ofZombie !== undefined) return ofZombie;
  const info = Buffer.alloc(infoBytes);
  info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0);
  if (Number(cIoctl(fd, PIDFD_GET_INFO, info)) !== 0) return undefined;
  return (info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n ? undefined : info.readInt32LE(exitCodeOffset);
}

/** A descriptor of a living child, close-on-exec. */
export const openProcess = (pid: number): number =>
  check('pidfd_open', cPidfdOpen(SYS_pidfd_open, pid, 0), String(pid));

/**
 * Call onExit once when the process has ended (from the event loop, never before returning), with its wait status where
 * the kernel tells. Undefined when it is gone already or the pid now names another process.
 */
export function watchProcess(
  pid: number,
  startTicks: number,
  onExit: (info: { status?: number } | undefined) => void,
): { close(): void } | undefined {
  const fd = Number(cPidfdOpen(SYS_pidfd_open, pid, 0));
  if (fd < 0) {
    const errno = lastErrno();
    if (errnoName(errno) === 'ESRCH') return undefined;
    throw new SysError('pidfd_open', errno, String(pid));
  }
  if (!isAlive(pid, startTicks)) {
    closeSync(fd);
    return undefined;
  }
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    watch.close();
    closeSync(fd);
  };
  const onEvent = (): void => {
    const status = exitStatus(fd, pid);
    close();
    setImmediate(onExit, status === undefined ? undefined : { status });
  };
  const watch = watchFd(fd, readable, onEvent, { keepsAlive: false });
  return { close };
}
