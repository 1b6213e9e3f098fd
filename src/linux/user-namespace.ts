/** Into a user namespace, and files in its name from outside, user_namespaces(7). */
import { readFileSync, writeFileSync } from 'node:fs';
import type { IdRange } from '../model/id-range.ts';
import { libcFunction } from './library.ts';
import { joinNamespace } from './namespaces.ts';
import { permittedCapabilities, setCapabilities } from './process.ts';
import { check } from './sys-error.ts';

const cSetgroups = libcFunction('int setgroups(size_t count, void *groups)');
const cSetresgid = libcFunction('int setresgid(uint real, uint effective, uint saved)');
const cSetresuid = libcFunction('int setresuid(uint real, uint effective, uint saved)');
const cSetfsgid = libcFunction('int setfsgid(uint id)');
const cSetfsuid = libcFunction('int setfsuid(uint id)');

/** The ids of a process's new user namespace, from 0 on; the one time that the kernel takes them. */
export function mapUsers(pid: number, { base, size }: IdRange): void {
  for (const file of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${file}`, `0 ${base} ${size}`);
}

/** Its root, with all capabilities in it and none outside. Needs a single thread. This process is not dumpable afterwards. */
export function becomeNamespaceRoot(userNamespace: number): void {
  joinNamespace(userNamespace, 'user');
  check('setgroups', cSetgroups(0, null));
  check('setresgid', cSetresgid(0, 0, 0));
  check('setresuid', cSetresuid(0, 0, 0));
}

/** What this thread makes from now on belongs to that user and group; it may as much as before, which takes permitted capabilities. */
export function makeFilesAs(id: number): void {
  cSetfsgid(id);
  cSetfsuid(id);
  // a change from root takes those about files out of the effective set, capabilities(7)
  setCapabilities(permittedCapabilities());
}

/** The same for what `make` makes, which must not wait for anything. */
export function madeAs<T>(id: number, make: () => T): T {
  if (id === 0) return make();
  makeFilesAs(id);
  try {
    return make();
  } finally {
    makeFilesAs(0);
  }
}

/** The id that root of the process's user namespace has here; 0: it is root here too. */
export function rootOf(pid: number): number {
  const [, base = '0'] = /^\s*0\s+(\d+)/.exec(readFileSync(`/proc/${pid}/uid_map`, 'utf8')) ?? [];
  return Number(base);
}
