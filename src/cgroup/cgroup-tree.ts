/** Reading and removing cgroup directories; every function takes a directory that is already gone as empty. */
import { closeSync, constants, openSync, readdirSync, readFileSync, rmdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** errno name of a failed file system call, undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/** ENOENT: no such directory; ENODEV: removed between open and read, which kernfs reports so. */
const isGone = (error: unknown): boolean => ['ENOENT', 'ENODEV'].includes(errnoOf(error) ?? '');

/** The file's text, undefined when it or its directory is not there. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** One write(2) without O_CREAT, so that a file that the kernel lacks is ENOENT. */
export function writeExisting(file: string, value: string): void {
  const fd = openSync(file, constants.O_WRONLY);
  try {
    writeSync(fd, value);
  } finally {
    closeSync(fd);
  }
}

/** Names of the directories below `dir`, relative to it, children before parents. */
export function treeBelow(dir: string): string[] {
  // kernfs counts sub-directories in the link count: most directories are leaves and need no readdir.
  if ((statSync(dir, { throwIfNoEntry: false })?.nlink ?? 2) <= 2) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [...treeBelow(join(dir, name)).map((below) => `${name}/${below}`), name]);
}

/** Pids of `dir` and everything below, without those of other pid namespaces (0). */
export function processesOfTree(dir: string): number[] {
  return [...treeBelow(dir), ''].flatMap((name) =>
    (readIfThere(join(dir, name, 'cgroup.procs')) ?? '')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0),
  );
}

/** Removes one directory; false when it still has processes or children. */
export function removeDir(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (errnoOf(error) === 'EBUSY' || errnoOf(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}

/**
 * Removes the same tree in several hierarchies and returns the directories that are still there. The names come from the
 * first, so that the others cost no readdir; what a hierarchy has beyond them is looked for only when its rmdir fails.
 */
export function removeTrees(dirs: readonly string[]): string[] {
  const names = dirs[0] === undefined ? [] : treeBelow(dirs[0]);
  return dirs.filter((dir) => {
    for (const name of names) removeDir(join(dir, name));
    if (removeDir(dir)) return false;
    for (const name of treeBelow(dir)) removeDir(join(dir, name));
    return !removeDir(dir);
  });
}
