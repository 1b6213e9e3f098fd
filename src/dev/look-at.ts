/** One look at a path, without reading contents. */
import { type Stats, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { lstatOr, readlinkOr } from './resolve-places.ts';
import { freshMs, type Stamp } from './stamp.ts';

export type Look =
  | { readonly kind: 'file'; readonly stamp: Stamp }
  /** `link`: a symlink to one, as a file */
  | { readonly kind: 'directory'; readonly link?: Stamp };

/** Undefined when there is nothing, or neither file nor directory (sockets, devices, pipes are no sources). */
export function lookAt(path: string, eventsSeen: number): Look | undefined {
  const found = lstatOr(path);
  if (found?.isSymbolicLink() === true) return lookThrough(path, found, eventsSeen);
  if (found?.isDirectory() === true) return { kind: 'directory' };
  return found?.isFile() === true ? { kind: 'file', stamp: stampOf(found, eventsSeen) } : undefined;
}

function lookThrough(path: string, link: Stats, eventsSeen: number): Look | undefined {
  const behind = statOr(path);
  const target = readlinkOr(path);
  if (behind?.isDirectory() === true) return { kind: 'directory', link: { ...stampOf(link, eventsSeen), target } };
  return { kind: 'file', stamp: { ...stampOf(behind ?? link, eventsSeen), target } };
}

function stampOf({ ino, size, mtimeMs, mode }: Stats, eventsSeen: number): Stamp {
  return { ino, size, mtimeMs, mode, isFresh: mtimeMs > Date.now() - freshMs, edition: 0, eventsSeen };
}

function statOr(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** File systems whose changes can come from elsewhere, unseen by inotify; linux/magic.h and the file systems' own sources. */
const remoteFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xfe534d42, 'smb'],
  [0xff534d42, 'cifs'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x786f4256, 'vboxsf'],
  [0x00c36400, 'ceph'],
  [0x5346414f, 'afs'],
]);

/** The name of the file system at a path (or what exists of it) when inotify does not tell all of its changes. */
export function remoteFileSystem(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      return remoteFileSystems.get(statfsSync(at).type);
    } catch {
      if (at === '/') return undefined;
    }
  }
}
