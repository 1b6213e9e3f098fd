/** Performs a SyncRequest, one entry after another; an entry that fails is named and the rest goes on. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SyncFile, SyncRequest, SyncResponse } from '../protocol/api.ts';
import type { ContainerRoot } from './container-root.ts';
import { copyInto } from './copy-into.ts';
import { removeFrom } from './remove-from.ts';
import { whyNot } from './why-not.ts';

export interface SyncOutcome {
  readonly response: SyncResponse;
  /** false: the container ended before everything was done */
  readonly isComplete: boolean;
}

type Entry = { readonly file: SyncFile } | { readonly remove: string };

/** First what goes, then what comes: a directory may take the place of a file. podd answers others meanwhile. */
export async function syncInto(root: ContainerRoot, { files, remove }: SyncRequest): Promise<SyncOutcome> {
  const entries: readonly Entry[] = [...remove.map((path) => ({ remove: path })), ...files.map((file) => ({ file }))];
  const skipped: { path: string; why: string }[] = [];
  const sums = { copied: 0, removed: 0, bytes: 0 };
  for (const entry of entries) {
    await nextTurn();
    if (!root.isAlive()) return { isComplete: false, response: { ...sums, skipped } };
    try {
      if ('file' in entry) {
        sums.bytes += await copyInto(root, entry.file);
        sums.copied++;
      } else if (await removeFrom(root.fd, entry.remove)) sums.removed++;
    } catch (error) {
      skipped.push({ path: 'file' in entry ? entry.file.to : entry.remove, why: whyNot(error) });
    }
  }
  return { isComplete: root.isAlive(), response: { ...sums, skipped } };
}
