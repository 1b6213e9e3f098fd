/** Gives all of a volume to the group of fsGroup (kubelet SetVolumeOwnership). Containers may change it meanwhile: no symlink is followed. */
import { chmodSync, chownSync, closeSync, constants, fstatSync, lchownSync, readdirSync, type Stats } from 'node:fs';
import { type Name, openAt, openDirectory, openDirectoryAt } from '../linux/at.ts';
import { groupDirectoryBits, groupFileBits, isOwned } from './group-bits.ts';

const O_PATH = 0o10000000;
/** podd answers others meanwhile. */
const pauseEveryMs = 10;

interface Walk {
  readonly fsGroup: number;
  pauseAtMs: number;
}

/** `isRootEnough`: nothing is done where the directory itself is the group's. What vanishes meanwhile is passed over. */
export async function ownTree(path: string, fsGroup: number, isRootEnough: boolean): Promise<void> {
  const root = openDirectory(path);
  try {
    if (isRootEnough && isOwned(fstatSync(root), fsGroup)) return;
    const walk = { fsGroup, pauseAtMs: performance.now() + pauseEveryMs };
    await ownBelow(walk, root);
    // last: with `isRootEnough`, an unfinished walk is begun again
    own(root, fstatSync(root), fsGroup);
  } finally {
    closeSync(root);
  }
}

async function ownBelow(walk: Walk, directory: number): Promise<void> {
  for (const entry of readdirSync(`/proc/self/fd/${directory}`, { withFileTypes: true, encoding: 'buffer' })) {
    if (performance.now() >= walk.pauseAtMs) await pause(walk);
    if (entry.isDirectory()) await ownDirectory(walk, directory, entry.name);
    else unlessChanged(() => ownFile(walk, directory, entry.name));
  }
}

async function ownDirectory(walk: Walk, parent: number, name: Name): Promise<void> {
  const directory = unlessChanged(() => openDirectoryAt(parent, name));
  if (directory === undefined) return;
  try {
    own(directory, fstatSync(directory), walk.fsGroup);
    await ownBelow(walk, directory);
  } finally {
    closeSync(directory);
  }
}

function ownFile({ fsGroup }: Walk, parent: number, name: Name): void {
  const file = openAt(parent, name, O_PATH);
  try {
    const status = fstatSync(file);
    if (!status.isSymbolicLink()) return own(file, status, fsGroup);
    lchownSync(Buffer.concat([Buffer.from(`/proc/self/fd/${parent}/`), Buffer.from(name)]), -1, fsGroup);
  } finally {
    closeSync(file);
  }
}

/** By handle: what has its name by now is not looked at. chown takes set-id bits away, chmod puts them back. */
function own(handle: number, { mode, gid, ...status }: Stats, fsGroup: number): void {
  const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR;
  const wanted = (mode & 0o7777) | (isDirectory ? groupDirectoryBits(false) : groupFileBits(false));
  if (gid === fsGroup && wanted === (mode & 0o7777)) return;
  const path = `/proc/self/fd/${handle}`;
  chownSync(path, status.uid, fsGroup);
  chmodSync(path, wanted);
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
