/** What a directory takes of its disk. */
import { walkTree } from './walk-tree.ts';

const blockBytes = 512;

/** Stops counting beyond `enough`. A file of several names counts once. */
export async function treeBytes(path: string, enough: number): Promise<number> {
  const seen = new Set<string>();
  let bytes = 0;
  await walkTree(path, ({ status: { dev, ino, nlink, blocks } }) => {
    const key = `${dev}:${ino}`;
    if (nlink > 1 && seen.has(key)) return true;
    if (nlink > 1) seen.add(key);
    bytes += blocks * blockBytes;
    return bytes <= enough;
  });
  return bytes;
}
