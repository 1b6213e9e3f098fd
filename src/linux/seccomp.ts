/** System calls of other processes answered from here: seccomp(2) user notification, seccomp_unotify(2). */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import { lastErrno, libcFunction, nativeFunction } from './library.ts';
import { type CodeRange, callNumbers, notifyFilter } from './notify-filter.ts';
import { check, errnoName, SysError } from './sys-error.ts';

koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'const void *' });
koffi.struct('answer_state', { queued: 'uint32_t', done: 'uint32_t', refused: 'int32_t' });

const cSetFilter = libcFunction('long syscall(long number, uint operation, uint flags, const sock_fprog *program)');
const cGetSizes = libcFunction('long syscall(long number, uint operation, uint flags, _Out_ void *sizes)');
const cIoctl = libcFunction('int ioctl(int fd, ulong request, void *argument)');
const cPoll = libcFunction('int poll(void *fds, ulong count, int timeout)');
const cDlsym = libcFunction('void *dlsym(void *handle, const char *name)');
const cGetAffinity = libcFunction('long syscall(long number, int pid, uint length, void *mask)');
const cAnswer = nativeFunction('int podctl_answer(int listener, const void *answer, _Out_ answer_state *state)');
const cAnswered = nativeFunction('void podctl_answered(_Out_ answer_state *state)');

const SYS_seccomp = process.arch === 'arm64' ? 277 : 317;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_GET_NOTIF_SIZES = 3;
const filterFlag = { specAllow: 1 << 2, newListener: 1 << 3, waitKillable: 1 << 5 } as const;

const RECV = 0xc0502100;
const SEND = 0xc0182101;
/** SECCOMP_IOCTL_NOTIF_SET_FLAGS with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, Linux 6.6: who is woken runs on this CPU */
const SET_FLAGS = 0x40082104;
const SYNC_WAKE_UP = 1n;
const FLAG_CONTINUE = 1;
/** of struct seccomp_notif and seccomp_notif_resp as they are built here */
const callBytes = 80;
const responseBytes = 24;

/** Longest answer that can be written into a caller's memory; struct call_answer of native/podctl.h. */
export const maxAnswerBytes = 128;
const answer = Buffer.alloc(40 + maxAnswerBytes);
const response = Buffer.alloc(responseBytes);
const call = Buffer.alloc(callBytes);
const pollTable = Buffer.alloc(8);

/** A thread waits in this call until it is answered. */
export interface PendingCall {
  readonly id: bigint;
  /** thread id in this process's pid namespace; 0 when it is not in there */
  readonly tid: number;
  readonly number: number;
  readonly args: readonly [bigint, bigint, bigint];
}

export interface CallAnswer {
  /** result of the call; negative errno for a failure */
  readonly value: number;
  /** goes to `address` in the caller's memory first; EFAULT where it cannot */
  readonly bytes?: Buffer;
  readonly address?: bigint;
}

export interface AnswerState {
  readonly queued: number;
  readonly done: number;
  /** errno of writing into a caller's memory, which then got the kernel's own answer; 0: never */
  readonly refused: number;
}

/** The two calls' numbers here; undefined on an architecture that podctl does not know. */
export const handedOver = callNumbers[process.arch as keyof typeof callNumbers] as
  | (typeof callNumbers)[keyof typeof callNumbers]
  | undefined;

/** Forked children have libc at the same place: found once, in the zygote, for reading the mappings takes half a millisecond. */
const prepareNotifyFilter: () => Buffer = (() => {
  let filter: Buffer | undefined;
  return () => {
    if (handedOver === undefined) throw new SysError('seccomp', constants.errno.ENOSYS, process.arch);
    filter ??= notifyFilter(handedOver, findCode(Number(koffi.address(cDlsym(null, 'sched_getaffinity')))));
    return filter;
  };
})();

/** The mapping that libc makes its system calls from. */
function findCode(address: number): CodeRange {
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, start = '', end = '', perms = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line) ?? [];
    const range = { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) };
    if (range.start <= address && address < range.end && perms[2] === 'x') return range;
  }
  throw new Error('bug: the code of libc is mapped nowhere');
}

/**
 * From now on sysinfo(2) and sched_getaffinity(2) of this process's descendants wait at the returned descriptor (close-on-exec);
 * its own go to the kernel as before, by their address. Needs CAP_SYS_ADMIN; does not set no_new_privs. SysError `EBUSY` where
 * this process already is under such a filter, EINVAL or ENOSYS where the kernel has none.
 */
export function installNotifyFilter(): number {
  requireKnownSizes();
  // killable: a signal's handler waits until the call was answered, and none is asked twice (Linux 5.19)
  let listener = setFilter(filterFlag.newListener | filterFlag.specAllow | filterFlag.waitKillable);
  if (listener < 0) listener = check('seccomp', setFilter(filterFlag.newListener | filterFlag.specAllow));
  setSyncWakeUp(listener);
  return listener;
}

/** All of it but the filter: no kernel knows every flag. For the zygote's warm-up. */
export function rehearseNotifyFilter(): void {
  requireKnownSizes();
  setSyncWakeUp(setFilter(0xffff_ffff));
}

function setFilter(flags: number): number {
  const filter = prepareNotifyFilter();
  const program = { len: filter.length / 8, filter };
  return Number(cSetFilter(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program));
}

/** Refused before Linux 6.6, and not needed. */
function setSyncWakeUp(listener: number): void {
  const flags = Buffer.alloc(8);
  flags.writeBigUInt64LE(SYNC_WAKE_UP);
  cIoctl(listener, SET_FLAGS, flags);
}

function requireKnownSizes(): void {
  const sizes = Buffer.alloc(6);
  check('seccomp', cGetSizes(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes));
  if (sizes.readUInt16LE(0) === callBytes && sizes.readUInt16LE(2) === responseBytes) return;
  throw new SysError('seccomp', constants.errno.EINVAL, 'sizes of notifications');
}

const POLLIN = 1;

/** One call that waits. Never blocks: a call seen by poll(2) counts at the kernel's semaphore, killed or not. */
export function receiveCall(listener: number): PendingCall | 'none' | 'gone' {
  pollTable.writeInt32LE(listener, 0);
  pollTable.writeInt32LE(POLLIN, 4);
  if (cPoll(pollTable, 1, 0) <= 0 || (pollTable.readInt16LE(6) & POLLIN) === 0) return 'none';
  call.fill(0);
  if (cIoctl(listener, RECV, call) < 0) return 'gone';
  return {
    id: call.readBigUInt64LE(0),
    tid: call.readUInt32LE(8),
    number: call.readInt32LE(16),
    args: [call.readBigUInt64LE(32), call.readBigUInt64LE(40), call.readBigUInt64LE(48)],
  };
}

/** Hand an answer over to the thread that gives it; undefined while too many wait for that. SysError when there can be no thread. */
export function answerCall(listener: number, { id, tid }: PendingCall, given: CallAnswer): AnswerState | undefined {
  answer.writeBigUInt64LE(id, 0);
  answer.writeBigUInt64LE(given.address ?? 0n, 8);
  answer.writeBigInt64LE(BigInt(Math.max(0, given.value)), 16);
  answer.writeUInt32LE(tid, 24);
  answer.writeUInt32LE(given.bytes?.length ?? 0, 28);
  answer.writeInt32LE(Math.min(0, given.value), 32);
  given.bytes?.copy(answer, 40);
  const state = { queued: 0, done: 0, refused: 0 };
  const errno: number = cAnswer(listener, answer, state);
  if (errno === 0) return state;
  if (errnoName(errno) === 'EAGAIN') return undefined;
  throw new SysError('pthread_create', errno);
}

/** How far the thread is. */
export function answerState(): AnswerState {
  const state = { queued: 0, done: 0, refused: 0 };
  cAnswered(state);
  return state;
}

/** The kernel answers this call itself. A caller that is gone, or has its answer, is no failure. */
export function passCall(listener: number, id: bigint): void {
  response.fill(0);
  response.writeBigUInt64LE(id, 0);
  response.writeUInt32LE(FLAG_CONTINUE, 20);
  cIoctl(listener, SEND, response);
}

/** sched_getaffinity(2) as the kernel does it, its result and errors included: bytes written into `mask`, or a negative errno. */
export function readAffinity(tid: number, mask: Buffer, length: number): number {
  const number = handedOver?.sched_getaffinity ?? -1;
  const result = Number(cGetAffinity(number, tid, length, mask));
  return result < 0 ? -lastErrno() : result;
}
