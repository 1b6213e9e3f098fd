/** Processes: fork, wait, signals, prctl, capabilities. */
import { constants } from 'node:os';
import { lastErrno, libcFunction, nativeFunction } from './library.ts';
import { check, SysError } from './sys-error.ts';

const cFork = nativeFunction('int podctl_fork()');
const cWaitpid = libcFunction('int waitpid(int pid, _Out_ int *status, int options)');
const cKill = libcFunction('int kill(int pid, int signal)');
const cPrctl = libcFunction('int prctl(int option, ulong a, ulong b, ulong c, ulong d)');
const cGetpid = libcFunction('int getpid()');
const cExit = libcFunction('void _exit(int status)');
const cCapset = libcFunction('int capset(void *header, void *data)');
const cCapget = libcFunction('int capget(void *header, void *data)');
const cUvLoopFork = libcFunction('int uv_loop_fork(void *loop)');
const cUvDefaultLoop = libcFunction('void *uv_default_loop()');
const cSethostname = libcFunction('int sethostname(const char *name, size_t length)');
const cChdir = libcFunction('int chdir(const char *path)');

const WNOHANG = 1;
const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_SET_NAME = 15;
const PR_SET_CHILD_SUBREAPER = 36;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

/** Fork this warm process with its JS heap (DESIGN §2); 0 in the child. */
export const fork = (): number => check('fork', cFork());

/** First call in a forked child: libuv makes its epoll and signal pipes anew. */
export function repairLoop(): void {
  const result: number = cUvLoopFork(cUvDefaultLoop());
  if (result < 0) throw new SysError('uv_loop_fork', -result);
}

export interface Reaped {
  readonly pid: number;
  /** raw status, wait(2) */
  readonly status: number;
}

/** One dead child, `none` while all live, `childless` when there is none left. Never blocks. */
export function reapOne(): Reaped | 'none' | 'childless' {
  const status = [0];
  const pid: number = cWaitpid(-1, status, WNOHANG);
  if (pid > 0) return { pid, status: status[0] ?? 0 };
  if (pid === 0 || lastErrno() === constants.errno.EINTR) return 'none';
  return 'childless';
}

/** WIFEXITED/WEXITSTATUS/WTERMSIG of a raw status; the exit code of a killed program is 128+n as shells say it. */
export function decodeStatus(status: number): { exitCode: number; signal?: number } {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { exitCode: 128 + signal, signal };
}

/** Send a signal; false when no such process is left. */
export function sendSignal(pid: number, signal: number): boolean {
  if (Number(cKill(pid, signal)) === 0) return true;
  if (lastErrno() === constants.errno.ESRCH) return false;
  throw new SysError('kill', lastErrno(), String(pid));
}

/** As sendSignal, but a process that may not be signalled (EPERM) counts as gone too. */
export function trySignal(pid: number, signal: number): boolean {
  try {
    return sendSignal(pid, signal);
  } catch (error) {
    if ((error as SysError).code === 'EPERM') return false;
    throw error;
  }
}

/** The real pid: process.pid is stale in a forked child. */
export const currentPid = (): number => cGetpid();

const cGetrandom = libcFunction('long getrandom(void *bytes, size_t length, uint flags)');
const randomBytes = Buffer.alloc(4);

/** [0, 1) from the kernel: Math.random() gives every forked child the same numbers, getrandom(2). */
export function randomFraction(): number {
  check('getrandom', cGetrandom(randomBytes, randomBytes.length, 0));
  return randomBytes.readUInt32LE(0) / 2 ** 32;
}

/** Leave at once; process.exit would wait for threads that a forked child does not have. */
export function exitNow(status: number): never {
  cExit(status);
  throw new Error('bug: _exit returned');
}

/** prctl(2) PR_SET_DUMPABLE 0: /proc/<pid>/{mem,fd,root,environ} closed to processes without CAP_SYS_PTRACE. */
export const setDumpable = (on: boolean): number => check('prctl', cPrctl(PR_SET_DUMPABLE, on ? 1 : 0, 0, 0, 0));
export const isDumpable = (): boolean => check('prctl', cPrctl(PR_GET_DUMPABLE, 0, 0, 0, 0)) === 1;

const cKeyctl = libcFunction('long syscall(long number, int command, void *name)');
const SYS_keyctl = process.arch === 'arm64' ? 219 : 250;
const KEYCTL_JOIN_SESSION_KEYRING = 1;

/** Leave podd's (the operator's) session keyring for a new one, keyctl(2); kernels without keyrings refuse, which is as good. */
export const leaveSessionKeyring = (): void => {
  cKeyctl(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, null);
};

/** Orphaned descendants become this process's children, prctl(2). */
export const becomeSubreaper = (): number => check('prctl', cPrctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));

const cPrctlName = libcFunction('int prctl(int option, const char *name, ulong b, ulong c, ulong d)');
/** The 15-character name ps and top show. */
export const setThreadName = (name: string): number => check('prctl', cPrctlName(PR_SET_NAME, name, 0, 0, 0));

export const setHostname = (name: string): number =>
  check('sethostname', cSethostname(name, Buffer.byteLength(name)), name);

export const changeDirectory = (path: string): number => check('chdir', cChdir(path), path);

const capabilityHeader = (): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3, 0);
  return header;
};

/** This process's permitted capabilities as a bit set. */
export function permittedCapabilities(): bigint {
  const data = Buffer.alloc(24);
  check('capget', cCapget(capabilityHeader(), data));
  return BigInt(data.readUInt32LE(4)) | (BigInt(data.readUInt32LE(16)) << 32n);
}

/** Set permitted = effective = bits, inheritable empty, capset(2). `idle`: permitted too, but not effective: for children to raise. */
export function setCapabilities(bits: bigint, idle = 0n): void {
  const data = Buffer.alloc(24);
  const word = (set: bigint, half: number): number => Number((set >> BigInt(32 * half)) & 0xffffffffn);
  for (const half of [0, 1]) {
    data.writeUInt32LE(word(bits, half), 12 * half);
    data.writeUInt32LE(word(bits | idle, half), 12 * half + 4);
  }
  check('capset', cCapset(capabilityHeader(), data));
}

/** Ignore a signal for good; SIGUSR1 would otherwise open Node's debugger port. */
const cSignal = libcFunction('void *signal(int signal, intptr_t handler)');
export const ignoreSignal = (signal: number): void => {
  cSignal(signal, 1);
};
