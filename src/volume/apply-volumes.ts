/** Performs what planVolumes planned. */
import { closeSync, type Stats } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openBeneath, openDirectory, openOrMakeBeneath } from '../linux/at.ts';
import { objectFiles } from '../manifest/object-files.ts';
import type { HostPathType, ObjectVolume } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { PodError } from '../util/pod-error.ts';
import type { VolumeOp } from './plan-volumes.ts';
import { writeObjectVolume } from './write-object-volume.ts';

/** What the operations need of podd. */
export interface VolumeContext {
  /** the bytes by key of a ConfigMap or Secret of the pod's namespace; undefined: there is none */
  readonly contentOf: (source: ObjectVolume) => ReadonlyMap<string, Uint8Array> | undefined;
  readonly now: () => Date;
}

/** Rejects with PodError `Volume` that names the volume and what is wrong with it. */
export async function applyVolumes(ops: readonly VolumeOp[], context: VolumeContext): Promise<void> {
  for (const op of ops) await applyOp(op, context);
}

async function applyOp(op: VolumeOp, context: VolumeContext): Promise<void> {
  switch (op.op) {
    case 'hostPath':
      return prepareHostPath(op);
    case 'directory':
      return makeSharedDirectory(op.path);
    case 'object':
      return writeObject(op, context);
    case 'subPath':
      return prepareSubPath(op);
    default:
      return assertNever(op, 'volume operation');
  }
}

type HostPathOp = VolumeOp & { readonly op: 'hostPath' };

async function prepareHostPath({ volume, path, type }: HostPathOp): Promise<void> {
  const what = `volume ${volume}: hostPath ${path}`;
  if (!path.startsWith('/')) throw new PodError('Volume', `${what}: is not an absolute path`);
  const found = await statOrMake(path, type, what);
  if (found === undefined) {
    const hint = missingHints[type];
    throw new PodError('Volume', `${what}: no such ${kindNames[type]}`, hint === undefined ? {} : { hint });
  }
  if (!isOfType(found, type)) throw new PodError('Volume', `${what}: is not a ${kindNames[type]}`);
}

const kindNames: Readonly<Record<HostPathType, string>> = {
  '': 'file or directory',
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket',
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

/** As the kubelet makes them: directories with all above them 0755, a file 0644 in a directory that is there. */
async function statOrMake(path: string, type: HostPathType, what: string): Promise<Stats | undefined> {
  const found = await statOrNothing(path, what);
  if (found !== undefined || !type.endsWith('OrCreate')) return found;
  try {
    if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
    else await (await open(path, 'a', 0o644)).close();
  } catch (cause) {
    throw new PodError('Volume', `${what}: make it`, { cause });
  }
  return statOrNothing(path, what);
}

async function statOrNothing(path: string, what: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PodError('Volume', what, { cause });
  }
}

/** Below directories that only podd's user may enter. */
async function makeSharedDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o777);
}

/** An optional object that is not there is an empty volume. */
async function writeObject(
  { volume, path, source }: VolumeOp & { readonly op: 'object' },
  { contentOf, now }: VolumeContext,
): Promise<void> {
  const content = contentOf(source);
  const what = `volume ${volume}: ${source.kind.toLowerCase()} "${source.name}"`;
  if (content === undefined && !source.optional) throw new PodError('Volume', `${what} not found`);
  const files = objectFiles(source, content ?? new Map());
  if (files.missing.length > 0) throw new PodError('Volume', `${what} has no key ${files.missing.join(', ')}`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
  await writeObjectVolume(path, files, now());
}

type SubPathOp = VolumeOp & { readonly op: 'subPath' };

/** Whoever writes into the volume can put symlinks into it: none leads out of it. podinit looks again when it mounts. */
function prepareSubPath({ volume, root, path, isMade }: SubPathOp): void {
  try {
    const directory = openDirectory(root);
    try {
      closeSync(isMade ? openOrMakeBeneath(directory, path, 0o755) : openBeneath(directory, path));
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    throw new PodError('Volume', `volume ${volume}: subPath ${path}`, { cause, ...hintFor(cause) });
  }
}

function hintFor(cause: unknown): { readonly hint?: string } {
  const leadsOut = (cause as NodeJS.ErrnoException).code === 'EXDEV';
  return leadsOut ? { hint: 'a symlink in it leads out of the volume' } : {};
}
