/**
 * Puts one entry into a container. The container may be hostile: it can plant symlinks and swap directories at any time. So
 * every directory is found with openat2(2) inside of its root and held open, every file is made new beside its place and
 * renamed, and nothing that exists is opened, followed or given to another owner.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, futimesSync, readdirSync, write } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import {
  makeDirectoryAt,
  openAt,
  openDirectoryAt,
  openDirectoryInRoot,
  renameAt,
  symlinkAt,
  unlinkAt,
} from '../linux/at.ts';
import { madeAs } from '../linux/user-namespace.ts';
import type { SyncFile } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import type { ContainerRoot } from './container-root.ts';

interface Place {
  readonly root: number;
  readonly rootId: number;
}

const chunkBytes = 256 * 1024;
const permissions = 0o777;

/** Bytes of file content copied. Rejects with the kernel's refusal, or PodError `Source` about what is to be copied. */
export async function copyInto(
  { fd: root, rootId }: Pick<ContainerRoot, 'fd' | 'rootId'>,
  { from, to }: SyncFile,
): Promise<number> {
  const source = await reading(from, () => lstat(from));
  if (source.isDirectory()) {
    closeSync(openOrMake({ root, rootId }, to, source.mode & permissions));
    return 0;
  }
  const directory = openOrMake({ root, rootId }, posix.dirname(to), 0o755);
  try {
    if (source.isFile()) return await putFile(directory, posix.basename(to), from, rootId);
    if (!source.isSymbolicLink()) throw new PodError('Source', `${from} is neither a file, a directory nor a symlink`);
    const target = await reading(from, () => readlink(from));
    madeAs(rootId, () => place(directory, posix.basename(to), (name) => symlinkAt(target, directory, name)));
    return 0;
  } finally {
    closeSync(directory);
  }
}

async function reading<T>(from: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new PodError('Source', `cannot read ${from}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

async function putFile(directory: number, name: string, from: string, rootId: number): Promise<number> {
  // it may have become a fifo since it was looked at
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const source = await reading(from, () => open(from, flags));
  try {
    const { mode, atime, mtime } = await source.stat();
    const part = partName();
    const fd = madeAs(rootId, () => openAt(directory, part, newFile, 0o600));
    try {
      const bytes = await pour(source, fd);
      const { uid, gid } = fstatSync(directory);
      fchownSync(fd, uid, gid);
      fchmodSync(fd, mode & permissions);
      futimesSync(fd, atime, mtime);
      madeAs(rootId, () => renameAt(directory, part, name));
      return bytes;
    } catch (error) {
      unlinkOr(directory, part);
      throw error;
    } finally {
      closeSync(fd);
    }
  } finally {
    await source.close();
  }
}

/** The files of its user namespace are its users': root here could not make one there. */
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

const writeAsync = promisify(write);

async function pour(source: FileHandle, fd: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let bytes = 0; ; ) {
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, null);
    if (bytesRead === 0) return bytes;
    for (let at = 0; at < bytesRead; ) at += (await writeAsync(fd, buffer, at, bytesRead - at)).bytesWritten;
    bytes += bytesRead;
  }
}

function place(directory: number, name: string, make: (part: string) => void): void {
  const part = partName();
  make(part);
  try {
    renameAt(directory, part, name);
  } catch (error) {
    unlinkOr(directory, part);
    throw error;
  }
}

/** What watchers of files leave out (`*.tmp`). */
const partName = (): string => `.podctl-${randomBytes(8).toString('hex')}.tmp`;

function unlinkOr(directory: number, name: string): void {
  try {
    unlinkAt(directory, name);
  } catch {
    // the container was quicker
  }
}

/** An O_PATH handle of a directory in the root; what is missing is made, the last with `mode`, each owned as the one it is in. */
function openOrMake(place: Place, path: string, mode: number): number {
  const parts = path.split('/').filter((part) => part !== '');
  let directory = openDirectoryInRoot(place.root, '/');
  for (let count = 1; count <= parts.length; count++) {
    try {
      const at = `/${parts.slice(0, count).join('/')}`;
      const next = openOrMakeOne(place, directory, at, count === parts.length ? mode : 0o755);
      closeSync(directory);
      directory = next;
    } catch (error) {
      closeSync(directory);
      throw error;
    }
  }
  return directory;
}

function openOrMakeOne({ root, rootId }: Place, parent: number, path: string, mode: number): number {
  try {
    return openDirectoryInRoot(root, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    madeAs(rootId, () => makeDirectoryAt(parent, posix.basename(path), mode));
    own(parent, posix.basename(path), mode, rootId);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // made meanwhile, or a symlink that leads nowhere: that one is refused now
  }
  return openDirectoryInRoot(root, path);
}

/** Only a directory that is ours and empty is given away: the container may have put another in its place. */
function own(parent: number, name: string, mode: number, rootId: number): void {
  const made = openDirectoryAt(parent, name);
  try {
    const { uid, gid } = fstatSync(parent);
    if (fstatSync(made).uid !== rootId || readdirSync(`/proc/self/fd/${made}`).length > 0) return;
    fchownSync(made, uid, gid);
    fchmodSync(made, mode);
  } finally {
    closeSync(made);
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
