/**
 * hostPaths that are made where there is nothing, as the kubelet makes them: directories 0755, a file 0644. A container that sees a
 * directory above can put symlinks there: making follows none, but in `/` and /var (`/var/run`), which nobody mounts who is not root here.
 */
import { closeSync, constants, fchmodSync, fstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectoryAt, openAt, openDirectory } from '../linux/at.ts';
import { SysError } from '../linux/sys-error.ts';

const O_PATH = 0o10000000;
const directoryMode = 0o755;
const fileMode = 0o644;

/** The directory and all above it that are missing. */
export function makeHostDirectory(path: string): void {
  closeSync(descend(path, true));
}

/** An empty file in a directory that is there. One that came to be meanwhile is fine. */
export function makeHostFile(path: string): void {
  const parent = descend(dirname(path), false);
  try {
    const file = openAt(
      parent,
      partsOf(path).at(-1) ?? '',
      constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
      fileMode,
    );
    fchmodSync(file, fileMode);
    closeSync(file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    closeSync(parent);
  }
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.');

function descend(path: string, isMade: boolean): number {
  const parts = partsOf(path);
  let directory = openDirectory('/');
  for (const [index, part] of parts.entries()) {
    const next = step(directory, parts.slice(0, index), part, isMade);
    closeSync(directory);
    directory = next;
  }
  return directory;
}

function step(directory: number, above: readonly string[], part: string, isMade: boolean): number {
  try {
    return openPart(directory, above, part);
  } catch (error) {
    if (!isMade || !isCode(error, 'ENOENT')) throw error;
  }
  try {
    makeDirectoryAt(directory, part, directoryMode);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return openPart(directory, above, part);
  }
  const made = openPart(directory, above, part);
  const readable = openAt(made, '.', constants.O_DIRECTORY);
  fchmodSync(readable, directoryMode);
  closeSync(readable);
  return made;
}

function openPart(directory: number, above: readonly string[], part: string): number {
  const handle = openAt(directory, part, O_PATH);
  const status = fstatSync(handle);
  if (status.isDirectory()) return handle;
  closeSync(handle);
  const path = `/${[...above, part].join('/')}`;
  if (!status.isSymbolicLink()) throw new Error(`${path} is not a directory`);
  const isTrusted = above.length === 0 || (above.length === 1 && above[0] === 'var');
  if (!isTrusted) throw new Error(`${path} is a symlink, and nothing is made through one`);
  return openDirectory(path);
}

const isCode = (error: unknown, code: string): boolean => error instanceof SysError && error.code === code;
