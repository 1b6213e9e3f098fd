/** Namespaces that belong to a user namespace which this process is not in: a process that only holds them makes them, native/hold.c. */
import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { NamespaceKind } from '../model/pod-spec.ts';
import { makePipe } from './descriptors.ts';
import { libcFunction, nativeFunction } from './library.ts';
import { namespaceFlags } from './namespaces.ts';
import { trySignal } from './process.ts';
import { check, SysError } from './sys-error.ts';

const cHold = nativeFunction('int podctl_hold_namespaces(int userFd, int kinds, int report)');
const cWaitpid = libcFunction('int waitpid(int pid, void *status, int options)');

/** a child that sends no SIGCHLD, wait(2) */
const __WALL = 0x40000000;

/**
 * `use` gets the pid of a process in new namespaces of these kinds, `time` for its children: in a user namespace that is new too, without
 * ids, or in that of the descriptor. It is gone afterwards. SysError `unshare`.
 */
export function withHolder<T>(kinds: readonly NamespaceKind[], user: number | 'new', use: (pid: number) => T): T {
  const [report, theirs] = makePipe();
  let pid = 0;
  try {
    pid = startHolder(kinds, user, theirs);
    const told = Buffer.alloc(1);
    const got = readSync(report, told);
    if (got === 0) throw new SysError('unshare', constants.errno.ESRCH, kinds.join('+'));
    if (told[0] !== 0) throw new SysError('unshare', told.readUInt8(0), kinds.join('+'));
    return use(pid);
  } finally {
    closeSync(report);
    if (pid > 0) {
      trySignal(pid, constants.signals.SIGKILL);
      cWaitpid(pid, null, __WALL);
    }
  }
}

/** It alone holds the pipe's end then. */
function startHolder(kinds: readonly NamespaceKind[], user: number | 'new', report: number): number {
  try {
    return check(
      'clone',
      cHold(user === 'new' ? -1 : user, namespaceFlags(kinds), report),
      'user namespace (sysctl user.max_user_namespaces)',
    );
  } finally {
    closeSync(report);
  }
}
