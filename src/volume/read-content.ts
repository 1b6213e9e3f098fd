/** What is in a file or a directory tree, as a digest: two that are the same show the same to a program. Only reads; dry runs use it too. */
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfEntries, type TreeEntry } from '../manifest/content-digest.ts';
import type { Hash } from '../model/materials.ts';
import type { MountContent } from '../model/volume-spec.ts';

export const maxFiles = 1_000;
export const maxBytes = 64 * 1_048_576;

/** A path on this machine, or what is at `subPath` in it. */
export interface ContentPlace {
  readonly path: string;
  readonly subPath?: string;
}

/** What is there now, also where nothing is; a text says why it cannot be read. Symlinks in a tree are not followed. Never rejects. */
export async function readContent(place: ContentPlace): Promise<MountContent | string> {
  try {
    return await readPlace(place);
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    const { code, message } = error as NodeJS.ErrnoException;
    return isAbsent(error) ? { digest: 'absent' } : `cannot be read: ${code ?? message}`;
  }
}

/** SHA-256 in hex. */
export const sha256: Hash = (content) => createHash('sha256').update(content).digest('hex');

/** Its message is for people. */
class Unreadable extends Error {}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whoever writes into a volume can put symlinks into it: none leads the reading out of it, as none leads a mount. */
async function readPlace({ path, subPath }: ContentPlace): Promise<MountContent> {
  if (subPath === undefined) return readTree(path);
  const root = await realpath(path);
  const place = await realpath(join(root, subPath));
  if (!`${place}/`.startsWith(root === '/' ? root : `${root}/`))
    throw new Unreadable('a symlink leads out of the volume');
  return readTree(place);
}

/** Paths are kept as latin1, a character a byte: names need not be UTF-8. */
const bytesOf = (path: string): Buffer => Buffer.from(path, 'latin1');

interface Walk {
  readonly root: string;
  readonly entries: TreeEntry[];
  bytes: number;
}

async function readTree(path: string): Promise<MountContent> {
  const walk: Walk = { root: Buffer.from(path).toString('latin1'), entries: [], bytes: 0 };
  const status = await stat(path, { bigint: true });
  // A directory of no files and no directory are not the same.
  await addEntry(walk, status.isDirectory() ? '.' : '', status);
  if (status.isDirectory()) await readDirectory(walk, '');
  const { dev, ino, birthtimeNs } = status;
  return { ...digestOfEntries(walk.entries, sha256), identity: `${dev}:${ino}:${birthtimeNs}` };
}

async function readDirectory(walk: Walk, inner: string): Promise<void> {
  for (const name of await readdir(bytesOf(`${walk.root}/${inner}`), 'latin1')) {
    const path = inner === '' ? name : `${inner}/${name}`;
    try {
      const status = await lstat(bytesOf(`${walk.root}/${path}`), { bigint: true });
      await addEntry(walk, path, status);
      if (status.isDirectory()) await readDirectory(walk, path);
    } catch (error) {
      // what vanishes while it is looked at was not there
      if (!isAbsent(error)) throw error;
    }
  }
}

async function addEntry(walk: Walk, path: string, status: BigIntStats): Promise<void> {
  if (walk.entries.length > maxFiles) throw new Unreadable(`has more than ${maxFiles} files and directories`);
  const kind = kindOf(status);
  const digest = await digestOfEntry(walk, path, kind);
  const mode = kind === 'link' ? 0 : Number(status.mode) & 0o7777;
  walk.entries.push({ path: bytesOf(path).toString(), kind, mode, digest });
}

function kindOf(status: BigIntStats): TreeEntry['kind'] {
  if (status.isFile()) return 'file';
  if (status.isSymbolicLink()) return 'link';
  return status.isDirectory() ? 'directory' : 'special';
}

async function digestOfEntry(walk: Walk, path: string, kind: TreeEntry['kind']): Promise<string> {
  const absolute = bytesOf(path === '' ? walk.root : `${walk.root}/${path}`);
  if (kind === 'link') return sha256(await readlink(absolute, 'buffer'));
  // The mounted file itself may be named by a symlink; in a tree none is followed that took a file's place.
  return kind === 'file' ? hashFile(walk, absolute, path === '' ? 0 : constants.O_NOFOLLOW) : '';
}

async function hashFile(walk: Walk, path: Buffer, flags: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(256 * 1024);
  // Not waiting for the writer of a fifo that took its place.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      walk.bytes += bytesRead;
      if (walk.bytes > maxBytes) throw new Unreadable(`has more than ${maxBytes / 1_048_576} MiB`);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
