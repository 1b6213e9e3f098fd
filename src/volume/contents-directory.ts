/** Where Secrets are shown to containers: in memory, never on a disk. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { contentsName, type InstancePaths } from '../model/instance-paths.ts';

/** TMPFS_MAGIC, statfs(2). */
const tmpfsMagic = 0x01021994;

/**
 * Made where it is not there: the run directory's own, where that is on a tmpfs as /run is on every system with systemd; else one in
 * /dev/shm that only root may enter, to which a link leads from there. Where that is no tmpfs either, Secrets are refused later.
 */
export function contentsDirectory({ run, contentsDir }: Pick<InstancePaths, 'run' | 'contentsDir'>): string {
  if (isInMemory(run)) {
    mkdirSync(contentsDir, { recursive: true, mode: 0o700 });
    return contentsDir;
  }
  return linkedDirectory(contentsDir) ?? makeLinked(contentsDir);
}

/** When podd ends without a pod: nothing is left where others look. */
export function releaseContents({ run, contentsDir }: Pick<InstancePaths, 'run' | 'contentsDir'>): void {
  rmdirSync(contentsDir);
  if (!contentsDir.startsWith(`${run}/`)) unlinkSync(join(run, contentsName));
}

const isInMemory = (path: string): boolean => statfsSync(path).type === tmpfsMagic;

/** Of a podd before this one, unless the machine was started anew meanwhile. */
function linkedDirectory(link: string): string | undefined {
  try {
    const directory = readlinkSync(link);
    const { uid, mode } = lstatSync(directory);
    if (uid === process.geteuid?.() && (mode & 0o777) === 0o700) return directory;
  } catch {
    // there is none, or it leads nowhere
  }
  return undefined;
}

const sharedMemory = '/dev/shm';

function makeLinked(link: string): string {
  removeStale(link);
  try {
    if (isInMemory(sharedMemory)) {
      // its name cannot be taken by others before it is made
      const directory = mkdtempSync(`${sharedMemory}/podctl-`);
      symlinkSync(directory, link);
      return directory;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' && (error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw error;
  }
  mkdirSync(link, { recursive: true, mode: 0o700 });
  return link;
}

/** A link that leads nowhere, or the empty directory of an older version. */
function removeStale(link: string): void {
  for (const remove of [unlinkSync, rmdirSync]) {
    try {
      remove(link);
    } catch {
      // something else, or nothing
    }
  }
}
