/**
 * What ConfigMaps, Secrets and a pod say as a directory of files, as Kubernetes' AtomicWriter lays it out: who looks sees the files of before or of now, never both.
 *
 *   ..2026_11_25_23_59_59.<digest>/   files with their modes
 *   ..data → ..2026_…                 replaced by a rename
 *   app.conf → ..data/app.conf        one link for each name at the top
 *
 * Every name is taken in a directory that is held open, and no symlink is followed: a privileged container can write into what it sees.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openDirectory, openDirectoryAt } from '../linux/at.ts';
import { digestOfEntries } from '../manifest/content-digest.ts';
import { entriesOf, type ObjectFile } from '../manifest/object-files.ts';
import { groupDirectoryBits, groupFileBits } from './group-bits.ts';
import { sha256 } from './read-content.ts';
import { removeTree } from './remove-tree.ts';

const dataLink = '..data';
const newDataLink = '..data_tmp';
const shortDigest = 16;

/** A tree of files as it is to be. */
export interface WantedFiles {
  readonly files: readonly ObjectFile[];
  /** the group that may read all of it */
  readonly fsGroup?: number;
}

/** Makes the directory, which is there, show these files and no others; writes none when it does. All but the removal in one turn. */
export async function writeFiles(directory: string, wanted: WantedFiles, now: Date): Promise<void> {
  const { digest } = digestOfEntries(entriesOf(wanted.files, undefined, sha256), sha256);
  const version = sha256(`${digest} ${wanted.fsGroup ?? ''}`).slice(0, shortDigest);
  for (const name of bringUpToDate(directory, wanted, version, now)) await removeWhatever(join(directory, name));
}

async function removeWhatever(path: string): Promise<void> {
  if (!unlinkUnlessDirectory(path)) await removeTree(path);
}

/** Returns names of what is to be removed. */
function bringUpToDate(directory: string, wanted: WantedFiles, digest: string, now: Date): readonly string[] {
  const volume = openDirectory(directory);
  try {
    own(volume, rootMode, wanted.fsGroup);
    const before = readLink(volume, dataLink);
    const isCurrent = before?.endsWith(`.${digest}`) === true;
    const version = isCurrent ? before : `..${stampOf(now)}.${digest}`;
    if (!isCurrent) {
      writeVersion(volume, version, wanted);
      replaceLink(volume, version, wanted.fsGroup);
    }
    linkNames(volume, wanted);
    return namesIn(volume).filter((name) => name.startsWith('..') && name !== dataLink && name !== version);
  } finally {
    closeSync(volume);
  }
}

/** `2026_11_25_23_59_59_999` */
const stampOf = (now: Date): string => now.toISOString().slice(0, -1).replace(/\D/g, '_');

const at = (directory: number, name: string): string => `/proc/self/fd/${directory}/${name}`;
const namesIn = (directory: number): readonly string[] => readdirSync(at(directory, ''));

const rootMode = 0o755;

/** A directory by its handle: the umask takes bits from mkdir's mode. */
function own(directory: number, mode: number, fsGroup: number | undefined): void {
  const path = at(directory, '.');
  if (fsGroup !== undefined) chownSync(path, 0, fsGroup);
  chmodSync(path, fsGroup === undefined ? mode : mode | groupDirectoryBits(true));
}

function writeVersion(volume: number, version: string, { files, fsGroup }: WantedFiles): void {
  const root = makeDirectory(volume, version, fsGroup);
  try {
    for (const { path, mode, content } of files) writeIn(root, path.split('/'), { mode, content, fsGroup });
  } finally {
    closeSync(root);
  }
}

type FileParts = Pick<ObjectFile, 'mode' | 'content'> & { readonly fsGroup: number | undefined };

function writeIn(directory: number, [name = '', ...rest]: readonly string[], file: FileParts): void {
  if (rest.length === 0) return writeFile(at(directory, name), file);
  const inner = makeDirectory(directory, name, file.fsGroup);
  try {
    writeIn(inner, rest, file);
  } finally {
    closeSync(inner);
  }
}

function makeDirectory(parent: number, name: string, fsGroup: number | undefined): number {
  try {
    mkdirSync(at(parent, name), rootMode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const directory = openDirectoryAt(parent, name);
  own(directory, rootMode, fsGroup);
  return directory;
}

function writeFile(path: string, { mode, content, fsGroup }: FileParts): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    if (fsGroup !== undefined) fchownSync(file, 0, fsGroup);
    fchmodSync(file, fsGroup === undefined ? mode : mode | groupFileBits(true));
  } finally {
    closeSync(file);
  }
}

function replaceLink(volume: number, version: string, fsGroup: number | undefined): void {
  if (readLink(volume, newDataLink) !== undefined) unlinkSync(at(volume, newDataLink));
  symlinkSync(version, at(volume, newDataLink));
  if (fsGroup !== undefined) lchownSync(at(volume, newDataLink), 0, fsGroup);
  renameSync(at(volume, newDataLink), at(volume, dataLink));
}

/** What else stands there goes: names of before, and what a container planted. */
function linkNames(volume: number, { files }: WantedFiles): void {
  const wanted = new Set(files.map(({ path }) => path.split('/')[0] ?? ''));
  const there = namesIn(volume).filter((name) => !name.startsWith('..'));
  const right = there.filter((name) => wanted.has(name) && readLink(volume, name) === `${dataLink}/${name}`);
  for (const name of there) if (!right.includes(name)) putAway(volume, name);
  for (const name of wanted) if (!right.includes(name)) symlinkSync(`${dataLink}/${name}`, at(volume, name));
}

/** A directory, which takes its time, gets a name that is removed with the versions of before. */
function putAway(volume: number, name: string): void {
  if (unlinkUnlessDirectory(at(volume, name))) return;
  renameSync(at(volume, name), at(volume, `..old_${randomBytes(4).toString('hex')}`));
}

/** Another container's start may have removed it already. */
function unlinkUnlessDirectory(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EISDIR' && code !== 'ENOENT') throw error;
    return code === 'ENOENT';
  }
}

function readLink(directory: number, name: string): string | undefined {
  try {
    return readlinkSync(at(directory, name));
  } catch {
    return undefined;
  }
}
