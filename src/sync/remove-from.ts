/** Takes one entry out of a container; see copy-into.ts for what the container may do meanwhile. */
import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import { openDirectoryInRoot, unlinkAt } from '../linux/at.ts';
import { removeTree } from '../volume/remove-tree.ts';

/**
 * Removes what has this name and nothing that it leads to: a symlink goes, its target stays. A directory goes with its content, but for
 * what is mounted in it. False when there is nothing.
 */
export async function removeFrom(root: number, path: string): Promise<boolean> {
  const directory = openOr(root, posix.dirname(path));
  if (directory === undefined) return false;
  try {
    unlinkAt(directory, posix.basename(path));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'EISDIR') throw error;
    await removeTree(`/proc/self/fd/${directory}/${posix.basename(path)}`);
    return true;
  } finally {
    closeSync(directory);
  }
}

function openOr(root: number, path: string): number | undefined {
  try {
    return openDirectoryInRoot(root, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
