/** What `podctl cp` copies: every file, directory and symlink below the sources, with its place in the container. */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import type { SyncFile } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';

/** Into a directory (its own name is kept) when `path` ends in a slash or there are several sources, else as `path`. Throws PodError. */
export async function listCopies(sources: readonly string[], path: string): Promise<readonly SyncFile[]> {
  const isInto = path.endsWith('/') || sources.length > 1;
  const copies: SyncFile[] = [];
  for (const source of sources) {
    const from = resolve(source);
    const to = isInto ? posix.join(path, basename(from)) : posix.normalize(path);
    if (!isDirectory(from, source)) copies.push({ from, to });
    else copies.push(...(to === '/' ? [] : [{ from, to }]), ...(await listBelow(from, to)));
  }
  return copies;
}

/** A symlink that is named itself is followed, as cp does. */
function isDirectory(path: string, written: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new PodError('NotFound', `${written}: no such file or directory`);
  return found.isDirectory();
}

/** Directories before what is in them. */
async function listBelow(from: string, to: string): Promise<SyncFile[]> {
  const copies: SyncFile[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const copy = { from: join(from, entry.name), to: posix.join(to, entry.name) };
    copies.push(copy);
    if (entry.isDirectory()) copies.push(...(await listBelow(copy.from, copy.to)));
  }
  return copies;
}
