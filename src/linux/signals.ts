/** Signals as readable records: signalfd(2). Real-time signals come too, and nothing runs in a handler. */
import { readSync } from 'node:fs';
import { constants } from 'node:os';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cSignalfd = libcFunction('int signalfd(int fd, void *mask, int flags)');
const cSigprocmask = libcFunction('long syscall(long number, int how, void *set, void *old, size_t size)');

const SYS_rt_sigprocmask = process.arch === 'arm64' ? 135 : 14;
const SIG_SETMASK = 2;
const SFD_NONBLOCK = 0o4000;
const SFD_CLOEXEC = 0o2000000;
const recordBytes = 128;
const { SIGCHLD, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT } = constants.signals;
/** 32 and 33 belong to glibc's threads. */
const notForwarded = new Set<number>([
  SIGKILL,
  SIGSTOP,
  SIGSEGV,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGTRAP,
  SIGSYS,
  SIGABRT,
  32,
  33,
]);
const lastSignal = 64;

/** Every signal that can be caught and is not a fault of this process itself. */
export const catchableSignals: readonly number[] = Array.from({ length: lastSignal }, (_, i) => i + 1).filter(
  (signal) => !notForwarded.has(signal),
);

const maskOf = (signals: readonly number[]): Buffer => {
  const mask = Buffer.alloc(128);
  mask.writeBigUInt64LE(
    signals.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n),
    0,
  );
  return mask;
};

/** Block exactly these signals in this (single-threaded) process. Blocked ones reach PID 1 even without a handler. */
export const blockSignals = (signals: readonly number[]): number =>
  check('rt_sigprocmask', cSigprocmask(SYS_rt_sigprocmask, SIG_SETMASK, maskOf(signals), null, 8));

/** An fd that reads the given blocked signals; nonblocking, close-on-exec. */
export const openSignalFd = (signals: readonly number[]): number =>
  check('signalfd', cSignalfd(-1, maskOf(signals), SFD_NONBLOCK | SFD_CLOEXEC));

const records = Buffer.alloc(recordBytes * 16);

/** ssi_pid in struct signalfd_siginfo */
const senderOffset = 12;

/**
 * All pending signal numbers; equal ones may have been merged by the kernel (SIGCHLD always). What this process caused
 * itself is left out: a write to a closed socket raises SIGPIPE, one beyond a file size limit SIGXFSZ, in its own name.
 */
export function readSignals(fd: number, ownPid: number): number[] {
  const signals: number[] = [];
  for (;;) {
    const bytes = tryRead(fd);
    for (let offset = 0; offset < bytes; offset += recordBytes) {
      if (records.readUInt32LE(offset + senderOffset) !== ownPid) signals.push(records.readUInt32LE(offset));
    }
    if (bytes < records.length) return signals;
  }
}

function tryRead(fd: number): number {
  try {
    return readSync(fd, records);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

export { SIGCHLD };
