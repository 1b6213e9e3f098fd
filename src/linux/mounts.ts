/** Mounts by the new API (detached trees) and the old one, mount(2), open_tree(2), move_mount(2), mount_setattr(2), pivot_root(2). */
import type { MountAttribute } from '../model/launch-plan.ts';
import { libcFunction } from './library.ts';
import { check } from './sys-error.ts';

const SYS_pivot_root = process.arch === 'arm64' ? 41 : 155;
const SYS_open_tree = 428;
const SYS_move_mount = 429;
const SYS_mount_setattr = 442;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
const MOUNT_ATTR_IDMAP = 0x100000;
const MNT_DETACH = 2;

/** MS_* of mount(2). */
export const mountFlag = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  recursive: 16384,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
} as const;

/** MOUNT_ATTR_* have the values of MS_* for these four. */
export const attributeFlags = (attributes: readonly MountAttribute[]): number =>
  attributes.reduce((flags, attribute) => flags | mountFlag[attribute], 0);

const cMount = libcFunction(
  'int mount(const char *source, const char *target, const char *type, ulong flags, const char *data)',
);
const cUmount2 = libcFunction('int umount2(const char *target, int flags)');
const cOpenTree = libcFunction('long syscall(long number, int dirfd, const char *path, uint flags)');
const cMoveMount = libcFunction(
  'long syscall(long number, int fromDirfd, const char *from, int toDirfd, const char *to, uint flags)',
);
const cMountSetattr = libcFunction(
  'long syscall(long number, int dirfd, const char *path, uint flags, void *attr, size_t size)',
);
const cPivotRoot = libcFunction('long syscall(long number, const char *newRoot, const char *putOld)');

export const mount = (
  source: string,
  target: string,
  type: string | null,
  flags: number,
  data: string | null,
): number => check(`mount ${type ?? source} on`, cMount(source, target, type, flags, data), target);

/** Lazy unmount: gone from the tree at once, freed with its last user. */
export const unmountDetached = (target: string): number => check('umount2', cUmount2(target, MNT_DETACH), target);

/** Clone the mount at path as a detached tree that only the returned fd holds (close-on-exec). */
export const cloneMount = (path: string, recursive: boolean): number =>
  check(
    'open_tree',
    cOpenTree(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0)),
    path,
  );

/** The same of what an O_PATH handle is of. */
export const cloneMountOf = (handle: number, recursive: boolean): number =>
  check(
    'open_tree',
    cOpenTree(
      SYS_open_tree,
      handle,
      '',
      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
    ),
  );

function mountAttributes(set: number, propagation = 0, userNamespace = 0): Buffer {
  const attr = Buffer.alloc(32);
  attr.writeBigUInt64LE(BigInt(set), 0);
  attr.writeBigUInt64LE(BigInt(propagation), 16);
  attr.writeBigUInt64LE(BigInt(userNamespace), 24);
  return attr;
}

const treeFlags = (recursive: boolean): number => AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

/** Add attributes to a detached tree, and to everything below it when recursive. */
export const setMountAttributes = (fd: number, attributes: readonly MountAttribute[], recursive: boolean): number =>
  check(
    'mount_setattr',
    cMountSetattr(SYS_mount_setattr, fd, '', treeFlags(recursive), mountAttributes(attributeFlags(attributes)), 32),
  );

/** Whether mounts below a detached tree come from where it was cloned (`slave`), go there too (`shared`), or neither (`private`). */
export const setMountPropagation = (fd: number, propagation: 'private' | 'slave' | 'shared'): number =>
  check(
    'mount_setattr',
    cMountSetattr(SYS_mount_setattr, fd, '', treeFlags(true), mountAttributes(0, mountFlag[propagation]), 32),
  );

/** Show the owners of files in a detached tree as that user namespace maps them. EINVAL: a file system that cannot. */
export const mapMountIds = (fd: number, userNamespace: number, recursive: boolean): number =>
  check(
    'mount_setattr',
    cMountSetattr(
      SYS_mount_setattr,
      fd,
      '',
      treeFlags(recursive),
      mountAttributes(MOUNT_ATTR_IDMAP, 0, userNamespace),
      32,
    ),
    'ids',
  );

/** Add attributes to the one mount at path. */
export const setPathAttributes = (path: string, attributes: readonly MountAttribute[]): number =>
  check(
    'mount_setattr',
    cMountSetattr(SYS_mount_setattr, AT_FDCWD, path, 0, mountAttributes(attributeFlags(attributes)), 32),
    path,
  );

/** Attach a detached tree; the destination is resolved in the caller's present root. */
export const attachMount = (fd: number, path: string): number =>
  check('move_mount', cMoveMount(SYS_move_mount, fd, '', AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH), path);

/** Attach it to what an O_PATH handle is of, wherever that lies now. */
export const attachMountTo = (fd: number, handle: number): number =>
  check(
    'move_mount',
    cMoveMount(SYS_move_mount, fd, '', handle, '', MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
  );

/** pivot_root(".", "."): the working directory becomes /, the old root lies over it until detached. */
export const pivotHere = (): number => check('pivot_root', cPivotRoot(SYS_pivot_root, '.', '.'));
