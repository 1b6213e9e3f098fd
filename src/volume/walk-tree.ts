/** Looks at everything in a directory that containers may change meanwhile: no symlink is followed, nothing mounted in it is entered. */
import { closeSync, fstatSync, readdirSync, type Stats } from 'node:fs';
import { type Name, openAt, openDirectory, openDirectoryAt } from '../linux/at.ts';

const O_PATH = 0o10000000;
/** podd answers others meanwhile. */
const pauseEveryMs = 10;

/** A file, a symlink or a directory: a handle that opens nothing, and its place. */
export interface TreePlace {
  readonly handle: number;
  readonly status: Stats;
  /** undefined: the tree's root */
  readonly parent: number | undefined;
  readonly name: Name;
}

interface Walk {
  /** false: that is enough */
  readonly visit: (place: TreePlace) => boolean;
  pauseAtMs: number;
}

/** Directories before what is in them, the root last. What vanishes meanwhile is passed over. */
export async function walkTree(path: string, visit: Walk['visit']): Promise<void> {
  const root = openDirectory(path);
  try {
    const isWhole = await walkIn({ visit, pauseAtMs: performance.now() + pauseEveryMs }, root);
    if (isWhole) visit({ handle: root, status: fstatSync(root), parent: undefined, name: '.' });
  } finally {
    closeSync(root);
  }
}

async function walkIn(walk: Walk, directory: number): Promise<boolean> {
  for (const entry of readdirSync(`/proc/self/fd/${directory}`, { withFileTypes: true, encoding: 'buffer' })) {
    if (performance.now() >= walk.pauseAtMs) await pause(walk);
    const handle = unlessChanged(() =>
      entry.isDirectory() ? openDirectoryAt(directory, entry.name) : openAt(directory, entry.name, O_PATH),
    );
    if (handle === undefined) continue;
    try {
      const status = fstatSync(handle);
      if (!walk.visit({ handle, status, parent: directory, name: entry.name })) return false;
      if (entry.isDirectory() && !(await walkIn(walk, handle))) return false;
    } finally {
      closeSync(handle);
    }
  }
  return true;
}

async function pause(walk: Walk): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  walk.pauseAtMs = performance.now() + pauseEveryMs;
}

/** ENOTDIR, ELOOP: something else has the name of a directory now; EXDEV: something is mounted there. */
function unlessChanged<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
