/** Gives all of a volume to the group of fsGroup (kubelet SetVolumeOwnership). */
import { chmodSync, chownSync, lchownSync, statSync } from 'node:fs';
import { groupDirectoryBits, groupFileBits, isOwned } from './group-bits.ts';
import { type TreePlace, walkTree } from './walk-tree.ts';

/** `isRootEnough`: nothing is done where the directory itself is the group's, which it becomes last: an unfinished walk is begun again. */
export async function ownTree(path: string, fsGroup: number, isRootEnough: boolean): Promise<void> {
  if (isRootEnough && isOwned(statSync(path), fsGroup)) return;
  await walkTree(path, (place) => {
    own(place, fsGroup);
    return true;
  });
}

/** By handle: what has its name by now is not looked at. chown takes set-id bits away, chmod puts them back. */
function own({ handle, status, parent, name }: TreePlace, fsGroup: number): void {
  if (status.isSymbolicLink()) return ownLink(parent, name, fsGroup);
  const mode = status.mode & 0o7777;
  const wanted = mode | (status.isDirectory() ? groupDirectoryBits(false) : groupFileBits(false));
  if (status.gid === fsGroup && wanted === mode) return;
  const path = `/proc/self/fd/${handle}`;
  chownSync(path, status.uid, fsGroup);
  chmodSync(path, wanted);
}

function ownLink(parent: number | undefined, name: TreePlace['name'], fsGroup: number): void {
  lchownSync(Buffer.concat([Buffer.from(`/proc/self/fd/${parent}/`), Buffer.from(name)]), -1, fsGroup);
}
