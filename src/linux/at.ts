/** Files by directory fd and name, openat(2): independent of the mount namespace and of what lies at a path now. */
import { constants } from 'node:fs';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const cOpenat = libcFunction('int openat(int dirfd, const char *name, int flags, uint mode)');
const cUnlinkat = libcFunction('int unlinkat(int dirfd, const char *name, int flags)');
const cRenameat = libcFunction('int renameat(int fromDir, const char *from, int toDir, const char *to)');

const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const AT_FDCWD = -100;

/** Open `name` in a directory, close-on-exec, never following a symlink. */
export const openAt = (directory: number, name: string, flags: number, mode = 0): number =>
  check('openat', cOpenat(directory, name, flags | O_CLOEXEC | constants.O_NOFOLLOW, mode), name);

/** An O_PATH handle of a directory: usable with the functions here, not for reading. */
export const openDirectory = (path: string): number =>
  check('open', cOpenat(AT_FDCWD, path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC, 0), path);

export const renameAt = (directory: number, from: string, to: string): number =>
  check('renameat', cRenameat(directory, from, directory, to), from);

export const unlinkAt = (directory: number, name: string): number =>
  check('unlinkat', cUnlinkat(directory, name, 0), name);
