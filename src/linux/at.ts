/** Files by directory fd and name, openat(2): independent of the mount namespace and of what lies at a path now. */
import { closeSync, constants, fchmodSync } from 'node:fs';
import { libcFunction } from './library.ts';
import { check, SysError } from './sys-error.ts';

// names as `const void *`: text, or the bytes of a name that is no text, with a NUL at the end
const cOpenat = libcFunction('int openat(int dirfd, const void *name, int flags, uint mode)');
const cOpenat2 = libcFunction('long syscall(long number, int dirfd, const void *path, void *how, size_t size)');
const cMkdirat = libcFunction('int mkdirat(int dirfd, const char *name, uint mode)');
const cSymlinkat = libcFunction('int symlinkat(const char *target, int dirfd, const char *name)');
const cUnlinkat = libcFunction('int unlinkat(int dirfd, const void *name, int flags)');
const cRenameat = libcFunction('int renameat(int fromDir, const void *from, int toDir, const char *to)');

const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
const SYS_openat2 = 437;
const RESOLVE_NO_XDEV = 1;
const RESOLVE_NO_MAGICLINKS = 2;
const RESOLVE_BENEATH = 8;
const RESOLVE_IN_ROOT = 16;

/** A name in a directory; Buffer: bytes that are no UTF-8, as readdir gives them. */
export type Name = string | Buffer;

/** Open `name` in a directory, close-on-exec, never following a symlink. */
export const openAt = (directory: number, name: Name, flags: number, mode = 0): number =>
  check('openat', cOpenat(directory, cName(name), flags | O_CLOEXEC | constants.O_NOFOLLOW, mode), String(name));

/** An O_PATH handle of a directory: usable with the functions here, not for reading. */
export const openDirectory = (path: string): number =>
  check('open', cOpenat(AT_FDCWD, path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC, 0), path);

export const makeDirectoryAt = (directory: number, name: string, mode: number): number =>
  check('mkdirat', cMkdirat(directory, name, mode), name);

export const symlinkAt = (target: string, directory: number, name: string): number =>
  check('symlinkat', cSymlinkat(target, directory, name), name);

export const renameAt = (directory: number, from: string, to: string): number =>
  renameBetween(directory, from, directory, to);

export const renameBetween = (fromDirectory: number, from: Name, toDirectory: number, to: string): number =>
  check('renameat', cRenameat(fromDirectory, cName(from), toDirectory, to), String(from));

export const unlinkAt = (directory: number, name: Name): number =>
  check('unlinkat', cUnlinkat(directory, cName(name), 0), String(name));

export const removeDirectoryAt = (directory: number, name: Name): number =>
  check('unlinkat', cUnlinkat(directory, cName(name), AT_REMOVEDIR), String(name));

/** An O_PATH handle of whatever is at the path now, through symlinks; for a symlink that leads nowhere ENOENT. */
export const openPath = (path: string): number => check('open', cOpenat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0), path);

/**
 * An O_PATH handle of a relative path, through symlinks as long as none leads out of the directory: EXDEV when one does
 * (openat2(2) RESOLVE_BENEATH), ELOOP for the magic links of /proc.
 */
export const openBeneath = (directory: number, path: string): number =>
  openResolving(directory, path, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);

/**
 * An O_PATH handle of a directory as a process with this root directory would find it: `/`, `..` and symlinks end at the root,
 * whoever changes them meanwhile (openat2(2) RESOLVE_IN_ROOT).
 */
export const openDirectoryInRoot = (root: number, path: string): number =>
  openResolving(root, path, O_PATH | constants.O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

/** The same of whatever is there; a symlink that leads nowhere is ENOENT. */
export const openInRoot = (root: number, path: string): number =>
  openResolving(root, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

/** A directory in a directory, to be listed. ENOTDIR or ELOOP for anything else, EXDEV for what is mounted there. */
export const openDirectoryAt = (directory: number, name: Name): number =>
  openResolving(directory, name, constants.O_DIRECTORY | constants.O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_XDEV);

function openResolving(directory: number, name: Name, flags: number, resolve: number, triesLeft = 10): number {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  try {
    return check('openat2', cOpenat2(SYS_openat2, directory, cName(name), how, how.length), String(name));
  } catch (error) {
    // a rename went on meanwhile and the kernel cannot tell whether `..` led out
    if (!(error instanceof SysError) || error.code !== 'EAGAIN' || triesLeft <= 1) throw error;
    return openResolving(directory, name, flags, resolve, triesLeft - 1);
  }
}

/** The same, and what is missing of the path is made: directories of this very mode. */
export function openOrMakeBeneath(directory: number, path: string, mode: number): number {
  const parts = path.split('/').filter((part) => part !== '');
  for (let count = 1; count <= parts.length; count++) makeOneBeneath(directory, parts.slice(0, count), mode);
  // a symlink that leads nowhere is in the way of mkdirat, and refused here
  return openBeneath(directory, parts.join('/') || '.');
}

function makeOneBeneath(directory: number, parts: readonly string[], mode: number): void {
  const parent = openBeneath(directory, ['.', ...parts.slice(0, -1)].join('/'));
  try {
    const name = parts.at(-1) ?? '.';
    makeDirectoryAt(parent, name, mode);
    const made = openDirectoryAt(parent, name);
    fchmodSync(made, mode);
    closeSync(made);
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== 'EEXIST') throw error;
  } finally {
    closeSync(parent);
  }
}

const cName = (name: Name): Name => (typeof name === 'string' ? name : Buffer.concat([name, Buffer.alloc(1)]));

const cStatx = libcFunction('int statx(int dirfd, const char *path, int flags, uint mask, void *about)');
const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;
const statxBytes = 256;

/** st_dev of what a handle is of, [major, minor], statx(2); asks no file server that may be slow, or this process itself. */
export function deviceOf(handle: number): readonly [number, number] {
  const about = Buffer.alloc(statxBytes);
  check('statx', cStatx(handle, '', AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, about));
  return [about.readUInt32LE(136), about.readUInt32LE(140)];
}
