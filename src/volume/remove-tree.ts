/** Removes what containers wrote, whatever they made of it: symlinks, names that are no text, trees deeper than any path can name. */
import { randomBytes } from 'node:crypto';
import { closeSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Name, openDirectory, openDirectoryAt, removeDirectoryAt, renameBetween, unlinkAt } from '../linux/at.ts';

/** Deeper trees are cut into pieces: every level holds a descriptor. */
const maxDepth = 64;
/** podd answers others meanwhile. */
const pauseEveryMs = 10;

interface Removal {
  /** the directory that the tree is in: pieces of a deep tree go there */
  readonly parent: number;
  readonly piecePrefix: string;
  readonly pieces: string[];
  pieceCount: number;
  pauseAtMs: number;
}

/**
 * Removes a directory with all that is in it; none is fine. It only unlinks (but for very deep trees), follows no symlink and crosses
 * into nothing that is not in it. Rejects with the kernel's first refusal; what was removed by then stays so.
 */
export async function removeTree(path: string): Promise<void> {
  const parent = unlessGone(() => openDirectory(dirname(path)));
  if (parent === undefined) return;
  const name = basename(path);
  const piecePrefix = `.${name}-${randomBytes(4).toString('hex')}-`;
  const removal: Removal = { parent, piecePrefix, pieces: [name], pieceCount: 0, pauseAtMs: 0 };
  try {
    for (let next = removal.pieces.pop(); next !== undefined; next = removal.pieces.pop()) {
      await removeAt(removal, parent, next, 0);
    }
  } finally {
    closeSync(parent);
  }
}

async function removeAt(removal: Removal, directory: number, name: Name, depth: number): Promise<void> {
  if (depth >= maxDepth) return cutOff(removal, directory, name);
  const inside = unlessGone(() => openDirectoryAt(directory, name));
  if (inside === undefined) return;
  try {
    for (const entry of readdirSync(`/proc/self/fd/${inside}`, { withFileTypes: true, encoding: 'buffer' })) {
      if (performance.now() >= removal.pauseAtMs) await pause(removal);
      if (entry.isDirectory()) await removeAt(removal, inside, entry.name, depth + 1);
      else unlessGone(() => unlinkAt(inside, entry.name));
    }
  } finally {
    closeSync(inside);
  }
  unlessGone(() => removeDirectoryAt(directory, name));
}

function cutOff(removal: Removal, directory: number, name: Name): void {
  const piece = `${removal.piecePrefix}${++removal.pieceCount}`;
  renameBetween(directory, name, removal.parent, piece);
  removal.pieces.push(piece);
}

async function pause(removal: Removal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  removal.pauseAtMs = performance.now() + pauseEveryMs;
}

function unlessGone(act: () => number): number | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
