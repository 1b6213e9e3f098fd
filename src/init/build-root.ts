/** DESIGN §3 steps 4 to 7: sources cloned on the host, root mounted and pivoted into, then every path resolved inside it. */
import { closeSync, existsSync, fstatSync, mkdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { openBeneath, openDirectory, openOrMakeBeneath } from '../linux/at.ts';
import {
  attachMount,
  attributeFlags,
  cloneMount,
  cloneMountOf,
  mapMountIds,
  mount,
  mountFlag,
  pivotHere,
  setMountAttributes,
  setMountPropagation,
  setPathAttributes,
  unmountDetached,
} from '../linux/mounts.ts';
import { inMountNamespace } from '../linux/namespaces.ts';
import { changeDirectory } from '../linux/process.ts';
import { makeFilesAs } from '../linux/user-namespace.ts';
import type { LaunchPlan, MountSource, RootOp, RootPlan } from '../model/launch-plan.ts';
import { assertNever } from '../util/assert-never.ts';
import { PodError } from '../util/pod-error.ts';
import { attachDevice, cloneDevice } from './attach-device.ts';
import { attachAt, attachVolume } from './attach-volume.ts';
import { makeDirectory, makeFile, makeSymlink } from './root-files.ts';

interface Source {
  readonly fd: number;
  /** where it was attached; a detached mount can be attached once, further uses bind from there */
  attachedAt?: string;
}

/** Mount namespaces beside the init's own that sources are cloned in, by descriptor. */
export interface SourceNamespaces {
  /** podd's */
  readonly machine: number | undefined;
  /** the pod's volumes in memory */
  readonly memory: number | undefined;
  /** the pod's user namespace, which owners are mapped by */
  readonly user: number | undefined;
}

/** Make the container's root and everything mounted in it; does nothing for RootPlan `none`. */
export function buildRoot(plan: LaunchPlan, namespaces: SourceNamespaces): void {
  if (plan.root.kind === 'none') return;
  const sources = new Map<string, Source>();
  for (const source of plan.sources) {
    const fd = cloneSource(source, namespaces);
    if (fd !== undefined) sources.set(source.id, { fd });
  }
  // what is made in it is its root's, who is nobody out here
  if (plan.users !== undefined) makeFilesAs(plan.users.base);
  enterRoot(plan.root, posix.join(plan.runDir, 'root'), namespaces.user);
  for (const op of plan.rootOps) performOp(op, sources);
  for (const source of sources.values()) closeSync(source.fd);
}

function cloneSource(source: MountSource, namespaces: SourceNamespaces): number | undefined {
  if (source.optional === true && !existsSync(source.path)) return undefined;
  const fd = cloneFrom(source, namespaces);
  if (source.idMap !== undefined && namespaces.user !== undefined) mapOwners(fd, source, namespaces.user);
  const isDeep = source.recursive && source.isShallow !== true;
  if (source.attributes.length > 0) setMountAttributes(fd, source.attributes, isDeep);
  // what is in memory is shared; any other is alone already, in this init's own namespace
  const propagation = source.propagation ?? (source.from === 'memory' ? 'private' : undefined);
  if (propagation !== undefined) setMountPropagation(fd, propagation);
  return fd;
}

/** A clone is told of mounts, and tells of them, only when it is made in the namespace of those that it is to hear and tell. */
function cloneFrom(source: MountSource, { machine, memory }: SourceNamespaces): number {
  if (source.from === undefined) return cloneByKind(source);
  const namespace = source.from === 'machine' ? machine : memory;
  if (namespace === undefined) throw new Error(`bug: no mount namespace holds ${source.id}`);
  return inMountNamespace(namespace, () => cloneByKind(source));
}

/** With what is mounted below it, else alone: one mount that cannot be mapped keeps the kernel from mapping any. */
function mapOwners(fd: number, { path, idMap }: Pick<MountSource, 'path' | 'idMap'>, user: number): void {
  if (mapsOwners(fd, user, true) || mapsOwners(fd, user, false) || idMap === 'wish') return;
  throw new PodError(
    'FailedMount',
    `${path}: its file system cannot show files as those of other users, which hostUsers: false takes (mount_setattr: EINVAL): it has to lie on ext4, xfs, btrfs, or tmpfs from Linux 6.3 on`,
  );
}

function mapsOwners(fd: number, user: number, recursive: boolean): boolean {
  try {
    mapMountIds(fd, user, recursive);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false;
    throw error;
  }
}

function cloneByKind(source: MountSource): number {
  if (source.isDevice === true) return cloneDevice(source.path);
  if (source.subPath !== undefined) return cloneSubPath(source, source.subPath);
  return cloneMount(source.path, source.recursive);
}

/** Whoever writes into a volume can put symlinks into it: none leads the clone out of it. */
function cloneSubPath({ path, recursive, from }: MountSource, subPath: string): number {
  const root = openDirectory(path);
  try {
    // podd cannot make it there
    const isMade = from === 'memory';
    const handle = isMade
      ? openOrMakeBeneath(root, subPath, fstatSync(root).mode & 0o7777)
      : openBeneath(root, subPath);
    try {
      return cloneMountOf(handle, recursive);
    } finally {
      closeSync(handle);
    }
  } finally {
    closeSync(root);
  }
}

function enterRoot(root: RootPlan, mountPoint: string, user: number | undefined): void {
  mkdirSync(mountPoint, { recursive: true, mode: 0o755 });
  if (root.kind === 'tmpfs') mount('tmpfs', mountPoint, 'tmpfs', 0, `mode=${root.mode.toString(8)}`);
  if (root.kind === 'overlay') requireDirectory(root.lower);
  if (root.kind === 'overlay' && user === undefined) mountOverlay(root, mountPoint);
  if (root.kind === 'overlay' && user !== undefined) enterMappedOverlay(root, mountPoint, user);
  else changeDirectory(mountPoint);
  pivotHere();
  unmountDetached('.');
  changeDirectory('/');
}

function requireDirectory(rootfs: string): void {
  if (!statSync(rootfs).isDirectory()) throw new Error(`rootfs ${rootfs} is not a directory`);
}

/** Layers go by fd: a path may hold the `:` and `,` that overlay's option syntax reserves. */
function mountOverlay(root: RootPlan & { kind: 'overlay' }, mountPoint: string): void {
  const fds = [root.lower, root.upper, root.work].map(openDirectory);
  const [lower, upper, work] = fds.map((fd) => `/proc/self/fd/${fd}`);
  try {
    mount('overlay', mountPoint, 'overlay', 0, `lowerdir=${lower},upperdir=${upper},workdir=${work}`);
  } finally {
    fds.forEach(closeSync);
  }
}

/**
 * An overlay cannot be mapped, its layers can. They have to be mounted somewhere for it: in a file system that nobody sees, and that goes
 * with the old root. Relative paths hold no `:` and `,`.
 */
function enterMappedOverlay(root: RootPlan & { kind: 'overlay' }, mountPoint: string, user: number): void {
  mount('tmpfs', mountPoint, 'tmpfs', mountFlag.nosuid | mountFlag.nodev, 'size=64k,mode=700');
  changeDirectory(mountPoint);
  for (const name of ['lower', 'layer', 'root']) mkdirSync(name);
  attachLayer(root.lower, 'lower', user);
  attachLayer(posix.dirname(root.upper), 'layer', user);
  const [upper, work] = [root.upper, root.work].map((path) => `layer/${posix.basename(path)}`);
  mount('overlay', 'root', 'overlay', 0, `lowerdir=lower,upperdir=${upper},workdir=${work}`);
  changeDirectory('root');
}

function attachLayer(path: string, name: string, user: number): void {
  const fd = cloneMount(path, false);
  try {
    mapOwners(fd, { path, idMap: 'required' }, user);
    attachMount(fd, name);
  } finally {
    closeSync(fd);
  }
}

function performOp(op: RootOp, sources: Map<string, Source>): void {
  switch (op.op) {
    case 'mkdir':
      return makeDirectory(op.path, op.mode);
    case 'symlink':
      return makeSymlink(op.path, op.target);
    case 'file':
      return makeFile(op.path, op.mode, op.content);
    case 'attach':
      return attach(op.path, sources.get(op.source));
    case 'volume':
      return attachVolume(op, sources.get(op.source)?.fd);
    case 'bindFile':
      return bindFile(op.from, op.path);
    case 'device':
      return attachDevice(op, sources.get(op.source)?.fd);
    case 'mount':
      makeDirectory(op.path, 0o755);
      mount(op.type, op.path, op.type, attributeFlags(op.attributes), op.data);
      return;
    case 'mask':
      return mask(op.path, sources.get(op.nullSource));
    case 'readonly':
      return makeReadonly(op.path);
    case 'readonlyRoot':
      setPathAttributes('/', ['ro']);
      return;
    default:
      return assertNever(op, 'root op');
  }
}

function attach(path: string, source: Source | undefined): void {
  if (source === undefined) return; // optional and absent
  if (fstatSync(source.fd).isDirectory()) makeDirectory(path, 0o755);
  else if (!existsSync(path)) makeFile(path, 0o644, '');
  if (source.attachedAt === undefined) attachMount(source.fd, path);
  else mount(source.attachedAt, path, null, mountFlag.bind, null);
  source.attachedAt ??= path;
}

/** Files get the host's /dev/null, directories an empty read-only tmpfs; what this kernel does not have is skipped. */
function bindFile(from: string, path: string): void {
  const source = cloneMount(from, false);
  try {
    attachAt(path, source, 'termination message');
  } catch (error) {
    throw new Error(`mount the termination message on ${path}: ${error instanceof Error ? error.message : error}`);
  } finally {
    closeSync(source);
  }
}

function mask(path: string, nullSource: Source | undefined): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory())
    mount('tmpfs', path, 'tmpfs', attributeFlags(['ro', 'nosuid', 'nodev', 'noexec']), 'size=0k');
  else attach(path, nullSource);
}

function makeReadonly(path: string): void {
  if (!existsSync(path)) return;
  mount(path, path, null, mountFlag.bind | mountFlag.recursive, null);
  setPathAttributes(path, ['ro', 'nosuid', 'nodev', 'noexec']);
}
