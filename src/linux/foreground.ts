/** A command that takes this process's place at the terminal: same session, standard streams and environment, a process group of its own. */
import { constants } from 'node:os';
import koffi from 'koffi';
import { libcFunction } from './library.ts';
import { readRlimit, setRlimit } from './rlimits.ts';
import { errnoName } from './sys-error.ts';

const cSpawn = libcFunction(
  'int posix_spawnp(_Out_ int *pid, const char *file, void *actions, void *attributes, const char **argv, void *envp)',
);
const cActionsInit = libcFunction('int posix_spawn_file_actions_init(void *actions)');
const cAttributesInit = libcFunction('int posix_spawnattr_init(void *attributes)');
const cKeep = libcFunction('int posix_spawn_file_actions_adddup2(void *actions, int fd, int target)');
const cSetFlags = libcFunction('int posix_spawnattr_setflags(void *attributes, short flags)');
const cSetDefault = libcFunction('int posix_spawnattr_setsigdefault(void *attributes, void *signals)');
const cSetMask = libcFunction('int posix_spawnattr_setsigmask(void *attributes, void *signals)');
const cGetForeground = libcFunction('int tcgetpgrp(int fd)');
const cSetForeground = libcFunction('int tcsetpgrp(int fd, int group)');
const cGetGroup = libcFunction('int getpgrp()');
const cKill = libcFunction('int kill(int pid, int signal)');

const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
/** More than posix_spawnattr_t (336) and posix_spawn_file_actions_t (80) of glibc and musl take. */
const structBytes = 512;
const signalSetBytes = 128;

export type ForegroundOutcome =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly code: string };

/** Whether `fd` is this process's controlling terminal and its process group is the one that may read from it. */
export const isForeground = (fd: number): boolean => Number(cGetForeground(fd)) === Number(cGetGroup());

/** Give `fd`'s terminal to this process's own group again; SIGTTOU must be ignored. Failure is tolerated: the terminal may be gone. */
export const takeTerminal = (fd: number): void => {
  cSetForeground(fd, cGetGroup());
};

/**
 * Start `argv[0]` (looked up in PATH) with default signal dispositions and an empty mask; `terminal`: an fd whose
 * foreground group it becomes before its first instruction (glibc 2.35), or right after it.
 */
export function spawnForeground(argv: readonly string[], terminal: number | undefined): ForegroundOutcome {
  const actions = Buffer.alloc(structBytes);
  const attributes = Buffer.alloc(structBytes);
  cActionsInit(actions);
  cAttributesInit(attributes);
  cSetFlags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  cSetDefault(attributes, Buffer.alloc(signalSetBytes, 0xff));
  cSetMask(attributes, Buffer.alloc(signalSetBytes));
  // Node makes every descriptor close-on-exec at its start, its standard ones too
  for (const fd of [0, 1, 2]) cKeep(actions, fd, fd);
  const isEarly = terminal === undefined || addSetForeground(actions, terminal);
  const pid = [0];
  const restoreLimit = lowerNofile();
  // the C library's own environment: bytes that are no UTF-8 reach the program as they are
  const error: number = cSpawn(pid, argv[0] ?? '', actions, attributes, [...argv, null], environment());
  restoreLimit();
  if (error !== 0) return { ok: false, code: errnoName(error) };
  const started = pid[0] ?? 0;
  if (!isEarly) {
    cSetForeground(terminal, started);
    // it may have been stopped by SIGTTIN in between
    cKill(started, constants.signals.SIGCONT);
  }
  return { ok: true, pid: started };
}

/** Node raised its own soft limit at its start; the launcher (native/podinit.c) tells what it was. Returns what raises it again. */
function lowerNofile(): () => void {
  const told = Number(process.env.PODINIT_NOFILE);
  delete process.env.PODINIT_NOFILE;
  const raised = readRlimit('nofile');
  if (!Number.isSafeInteger(told) || told < 1 || told >= Number(raised.soft)) return () => {};
  setRlimit('nofile', { ...raised, soft: told });
  return () => setRlimit('nofile', raised);
}

/** False where the C library has no such action. */
function addSetForeground(actions: Buffer, terminal: number): boolean {
  try {
    const add = libcFunction('int posix_spawn_file_actions_addtcsetpgrp_np(void *actions, int fd)');
    return Number(add(actions, terminal)) === 0;
  } catch {
    return false;
  }
}

const environment = (): unknown => koffi.decode(koffi.load(null).symbol('environ', 'void *'), 'void *');
