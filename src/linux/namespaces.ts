/** namespaces(7): create, join, name. */
import { closeSync, openSync } from 'node:fs';
import type { NamespaceKind } from '../model/pod-spec.ts';
import type { ProcessMark } from '../model/process-mark.ts';
import { libcFunction } from './library.ts';
import { isAlive } from './procfs.ts';
import { check } from './sys-error.ts';

const cUnshare = libcFunction('int unshare(int flags)');
const cSetns = libcFunction('int setns(int fd, int type)');

/** A pod's user namespace is no NamespaceKind: no container chooses it. */
export type AnyNamespace = NamespaceKind | 'user';

/** CLONE_NEW* of sched.h. */
export const namespaceFlag: Readonly<Record<AnyNamespace, number>> = {
  time: 0x80,
  mnt: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
};

/** Of several kinds together. */
export const namespaceFlags = (kinds: readonly AnyNamespace[]): number =>
  kinds.reduce((flags, kind) => flags | namespaceFlag[kind], 0);

/** Leave the shared namespaces and make new ones; pid and time take effect for children only. */
export const unshareNamespaces = (kinds: readonly NamespaceKind[]): number =>
  check('unshare', cUnshare(namespaceFlags(kinds)), kinds.join('+'));

/** Join the namespace an fd of /proc/<pid>/ns/* names, setns(2): of kind net this thread alone does, others need a single thread. */
export const joinNamespace = (fd: number, kind: AnyNamespace): number =>
  check('setns', cSetns(fd, namespaceFlag[kind]), kind);

/** Join several namespaces of a process at once, by a descriptor of it, setns(2). */
export const joinNamespacesOf = (pidfd: number, kinds: readonly NamespaceKind[]): number =>
  check('setns', cSetns(pidfd, namespaceFlags(kinds)), kinds.join('+'));

/** Open /proc/<pid>/ns/<name>; the fd keeps the namespace alive. */
export const openNamespace = (pid: number | 'self', name: AnyNamespace | 'time_for_children'): number =>
  openSync(`/proc/${pid}/ns/${name}`, 'r');

/** The namespace that a descriptor of another process is of. */
export const openNamespaceFd = (pid: number, fd: string): number => openSync(`/proc/${pid}/fd/${fd}`, 'r');

/**
 * Run `action` in another mount namespace, at its root, and come back to the root of this one. Needs a single thread and the machine's /proc.
 */
export function inMountNamespace<T>(fd: number, action: () => T): T {
  return andBackToMounts(() => {
    joinNamespace(fd, 'mnt');
    return action();
  });
}

/** The same for an action that enters one itself. */
export function andBackToMounts<T>(action: () => T): T {
  const home = openNamespace('self', 'mnt');
  try {
    return action();
  } finally {
    joinNamespace(home, 'mnt');
    closeSync(home);
  }
}

/** The namespace of that very process; undefined: it has ended, whoever has its pid by now. */
export function openNamespaceOf({ pid, startTicks }: ProcessMark, name: NamespaceKind): number | undefined {
  let fd: number;
  try {
    fd = openNamespace(pid, name);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  // asked afterwards: the pid was not another's when its namespace was opened
  if (isAlive(pid, startTicks)) return fd;
  closeSync(fd);
  return undefined;
}

/** Join another process's namespace by pid. */
export function joinNamespaceOf(pid: number, kind: NamespaceKind): void {
  const fd = openNamespace(pid, kind);
  try {
    joinNamespace(fd, kind);
  } finally {
    closeSync(fd);
  }
}

/**
 * Run `action` with this thread in another network namespace, and come back before returning: sockets stay where they were made,
 * whoever uses them. The action must not wait for anything.
 */
export function inNetworkNamespace<T>(fd: number, action: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    joinNamespace(fd, 'net');
    try {
      return action();
    } finally {
      joinNamespace(home, 'net');
    }
  } finally {
    closeSync(home);
  }
}
