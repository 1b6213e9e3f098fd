/**
 * emptyDirs in memory. Each is a tmpfs in a mount namespace that holds nothing else, one for a pod: the machine's mount table does not
 * change, the zygote and every init that shows one of them hold the namespace, and with the last of these it is gone.
 *
 *   zygote: make or adopt ─▶ mount what is missing ─fork─▶ child: visit, clone ─▶ attach in the container's root
 */
import { closeSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, statfsSync } from 'node:fs';
import { mount, mountFlag, pivotHere, unmountDetached } from '../linux/mounts.ts';
import {
  andBackToMounts,
  inMountNamespace,
  openNamespace,
  openNamespaceFd,
  unshareNamespaces,
} from '../linux/namespaces.ts';
import { changeDirectory } from '../linux/process.ts';
import { openInDirectory, readRegular } from '../linux/regular-file.ts';
import type { MemoryPlan, MemoryVolumePlan } from '../model/launch-plan.ts';

/** The pod's namespace with all that is planned mounted at `/<volume>`; `held`: the one that is held already. Needs a single thread. */
export function holdMemory({ volumes, adoptFromPid }: MemoryPlan, held: number | undefined): number {
  const fd = held ?? adopt(adoptFromPid) ?? makeEmpty();
  inMountNamespace(fd, () => volumes.forEach(ensureVolume));
  return fd;
}

/** An init holds no other mount namespace open. */
function adopt(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const directory = `/proc/${pid}/fd`;
  try {
    const name = readdirSync(directory).find((fd) => isMountNamespace(`${directory}/${fd}`));
    return name === undefined ? undefined : openNamespaceFd(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // it has ended
    throw error;
  }
}

function isMountNamespace(link: string): boolean {
  try {
    return readlinkSync(link).startsWith('mnt:[');
  } catch {
    // closed meanwhile
    return false;
  }
}

/** Where the new root is mounted until it is the root; any directory would do. */
const anyDirectory = '/proc';

function makeEmpty(): number {
  return andBackToMounts(() => {
    unshareNamespaces(['mnt']);
    const own = openNamespace('self', 'mnt');
    try {
      becomeRoot();
      return own;
    } catch (error) {
      closeSync(own);
      throw error;
    }
  });
}

function becomeRoot(): void {
  mount('none', '/', null, mountFlag.private | mountFlag.recursive, null);
  mount('tmpfs', anyDirectory, 'tmpfs', mountFlag.nosuid | mountFlag.nodev, 'size=64k,mode=700');
  changeDirectory(anyDirectory);
  pivotHere();
  unmountDetached('.');
}

function ensureVolume({ name, sizeBytes, mode, gid }: MemoryVolumePlan): void {
  const path = `/${name}`;
  if (existsSync(path)) return resize(path, sizeBytes);
  mkdirSync(path, 0o700);
  const group = gid === undefined ? '' : `,gid=${gid}`;
  try {
    const data = `size=${sizeBytes},mode=${mode.toString(8)}${group}`;
    mount('tmpfs', path, 'tmpfs', mountFlag.nosuid | mountFlag.nodev, data);
    // containers that share it may tell each other of mounts
    mount('none', path, null, mountFlag.shared, null);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
}

/** The kernel refuses less than what is in it. */
function resize(path: string, sizeBytes: number): void {
  const { bsize, blocks } = statfsSync(path);
  if (Math.ceil(sizeBytes / bsize) !== blocks) {
    mount('tmpfs', path, null, mountFlag.remount | mountFlag.nosuid | mountFlag.nodev, `size=${sizeBytes}`);
  }
}

/** A file that a container wrote into one of them, as text; undefined: it is not there. Throws for what is no small regular file. */
export function readMemoryFile(held: number, volume: string, path: string): string | undefined {
  let handle: number;
  try {
    handle = inMountNamespace(held, () => openInDirectory(`/${volume}`, path));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    return readRegular(handle, path);
  } finally {
    closeSync(handle);
  }
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
