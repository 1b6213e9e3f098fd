/** Performs what planVolumes planned. */
import { closeSync, fstatSync, type Stats, statfsSync } from 'node:fs';
import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { openBeneath, openDirectory, openOrMakeBeneath } from '../linux/at.ts';
import { missingContent } from '../manifest/normalise-volumes.ts';
import { type FindContent, holdsSecrets, volumeFiles } from '../manifest/volume-files.ts';
import type { HostPathType } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { mountOf, parseMountinfo } from '../util/mountinfo.ts';
import { formatError, hintOf, PodError } from '../util/pod-error.ts';
import { makeHostDirectory, makeHostFile } from './make-host-path.ts';
import { ownTree } from './own-tree.ts';
import type { VolumeOp } from './plan-volumes.ts';
import { writeFiles } from './write-files.ts';

/** What the operations need of podd. */
export interface VolumeContext {
  /** the bytes by key of an object of the pod's namespace; undefined: there is none */
  readonly contentOf: FindContent;
  readonly now: () => Date;
}

/** Rejects with PodError `Volume` that names the volume and what is wrong with it, in the kubelet's words. */
export async function applyVolumes(ops: readonly VolumeOp[], context: VolumeContext): Promise<void> {
  for (const op of ops) {
    try {
      await applyOp(op, context);
    } catch (cause) {
      const hint = hintOf(cause);
      const message = `MountVolume.SetUp failed for volume ${JSON.stringify(op.volume)} : ${formatError(cause)}`;
      throw new PodError('Volume', message, hint === undefined ? {} : { hint });
    }
  }
}

async function applyOp(op: VolumeOp, context: VolumeContext): Promise<void> {
  switch (op.op) {
    case 'hostPath':
      return prepareHostPath(op);
    case 'directory':
      return makeDirectory(op);
    case 'own':
      return ownTree(op.path, op.fsGroup, op.isRootEnough);
    case 'files':
      return prepareFiles(op, context);
    case 'subPath':
      return prepareSubPath(op);
    default:
      return assertNever(op, 'volume operation');
  }
}

type HostPathOp = VolumeOp & { readonly op: 'hostPath' };

async function prepareHostPath({ path, type, isMade, isShared }: HostPathOp): Promise<void> {
  if (!path.startsWith('/')) throw new PodError('Volume', `hostPath ${path} is not an absolute path`);
  const found = await statOrMake(path, isMade === true ? 'DirectoryOrCreate' : type);
  if (found === undefined || !isOfType(found, type)) {
    const hint = found === undefined ? missingHints[type] : undefined;
    throw new PodError('Volume', typeMessage(path, type), hint === undefined ? {} : { hint });
  }
  if (isShared === true) await checkShared(path);
}

const typeMessage = (path: string, type: HostPathType): string =>
  type === ''
    ? `hostPath ${path}: no such file or directory`
    : `hostPath type check failed: ${path} is not a ${kindNames[type]}`;

const kindNames: Readonly<Record<Exclude<HostPathType, ''>, string>> = {
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket file',
  CharDevice: 'character device',
  BlockDevice: 'block device',
};

const missingHints: Readonly<Partial<Record<HostPathType, string>>> = {
  '': 'type: DirectoryOrCreate makes a directory, FileOrCreate a file',
  Directory: 'type: DirectoryOrCreate makes it',
  File: 'type: FileOrCreate makes it',
};

function isOfType(found: Stats, type: HostPathType): boolean {
  switch (type) {
    case '':
      return true;
    case 'Directory':
    case 'DirectoryOrCreate':
      return found.isDirectory();
    case 'File':
    case 'FileOrCreate':
      return found.isFile();
    case 'Socket':
      return found.isSocket();
    case 'CharDevice':
      return found.isCharacterDevice();
    case 'BlockDevice':
      return found.isBlockDevice();
    default:
      return assertNever(type, 'hostPath type');
  }
}

async function statOrMake(path: string, type: HostPathType): Promise<Stats | undefined> {
  const found = await statOrNothing(path);
  if (found !== undefined || !type.endsWith('OrCreate')) return found;
  try {
    if (type === 'DirectoryOrCreate') makeHostDirectory(path);
    else makeHostFile(path);
  } catch (cause) {
    throw new PodError('Volume', `make hostPath ${path}`, { cause });
  }
  return statOrNothing(path);
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** As runc says it. */
async function checkShared(path: string): Promise<void> {
  const place = mountOf(parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8')), await realpath(path));
  if (place === undefined || place.isShared) return;
  throw new PodError('Volume', `path ${path} is mounted on ${place.mountPoint} but it is not a shared or slave mount`, {
    hint: `mount --make-rshared ${place.mountPoint}`,
  });
}

/** Below directories that only podd's user may enter. */
async function makeDirectory(op: VolumeOp & { readonly op: 'directory' }): Promise<void> {
  const { path, mode, isKept, isShared } = op;
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined || isKept !== true) await chmod(path, mode);
  if (isShared === true) await checkShared(path);
}

async function prepareFiles(
  { path, source, fsGroup }: VolumeOp & { readonly op: 'files' },
  { contentOf, now }: VolumeContext,
): Promise<void> {
  const { files, missing } = volumeFiles(source, contentOf);
  const [lacking] = missing;
  if (lacking !== undefined) throw new PodError('Volume', missingContent(lacking));
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (holdsSecrets(source)) checkInMemory(path);
  await writeFiles(path, { files, ...(fsGroup === undefined ? {} : { fsGroup }) }, now());
}

/** TMPFS_MAGIC and RAMFS_MAGIC, statfs(2). */
const memoryTypes: readonly number[] = [0x01021994, 0x858458f6];

/** podd looks for a place in memory when it starts (daemon/contents-directory.ts). */
function checkInMemory(path: string): void {
  if (memoryTypes.includes(statfsSync(path).type)) return;
  throw new PodError('Volume', 'Secrets are kept in memory, and neither PODCTL_RUN nor /dev/shm is a tmpfs', {
    hint: 'name a directory on a tmpfs in PODCTL_RUN',
  });
}

type SubPathOp = VolumeOp & { readonly op: 'subPath' };

/** Whoever writes into the volume can put symlinks into it: none leads out of it. podinit looks again when it mounts. */
function prepareSubPath({ root, path, isMade }: SubPathOp): void {
  try {
    const directory = openDirectory(root);
    try {
      // as its volume: whoever may write there may write here
      const mode = fstatSync(directory).mode & 0o7777;
      closeSync(isMade ? openOrMakeBeneath(directory, path, mode) : openBeneath(directory, path));
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    throw new PodError('Volume', `subPath ${path}`, { cause, ...hintFor(cause) });
  }
}

function hintFor(cause: unknown): { readonly hint?: string } {
  const leadsOut = (cause as NodeJS.ErrnoException).code === 'EXDEV';
  return leadsOut ? { hint: 'a symlink in it leads out of the volume' } : {};
}
