/** What all podctls of a machine know together: a small JSON file in /run under a lock of its own, gone with the last one's part. */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../linux/lock.ts';
import { isAlive } from '../linux/procfs.ts';
import { PodError } from '../util/pod-error.ts';

/** One podd's part; it counts as long as it is held. */
export interface MachineHolder {
  /** PODCTL_RUN of the instance */
  readonly run: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly linkPrefix: string;
}

export interface MachineFile {
  /** undefined: there was none, or it was torn by a kill */
  readonly content: unknown;
  /** undefined: no file is left */
  readonly write: (content: unknown) => void;
}

const waitMs = 5_000;
const retryMs = 5;

/** Nobody else changes it meanwhile. PodError `MachineFileLocked`. */
export async function withMachineFile<T>(path: string, use: (file: MachineFile) => T): Promise<T> {
  const fd = await lock(path);
  try {
    return use({ content: readOrNothing(path), write: (content) => writeOrRemove(path, fd, content) });
  } finally {
    closeSync(fd);
  }
}

/** The last one to go removes the file: whoever waited for its lock then waits for the next one's. */
async function lock(path: string): Promise<number> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const fd = lockFile(path);
    if (fd !== undefined && fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) return fd;
    if (fd !== undefined) closeSync(fd);
    else if (performance.now() > deadline)
      throw new PodError('MachineFileLocked', `another podd has held ${path} for ${waitMs / 1000} s`);
    else await sleep(retryMs);
  }
}

function readOrNothing(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function writeOrRemove(path: string, fd: number, content: unknown): void {
  if (content === undefined) return unlinkSync(path);
  const text = JSON.stringify(content);
  // blanks over what it was longer before: it can be read whenever this is killed
  writeSync(fd, text.padEnd(fstatSync(fd).size), 0);
  ftruncateSync(fd, Buffer.byteLength(text));
}

/** Its podd lives, or pods of it do. */
export const isHeld = ({ pid, startTicks, linkPrefix }: MachineHolder): boolean =>
  isAlive(pid, startTicks) || readdirSync('/sys/class/net').some((link) => link.startsWith(linkPrefix));

export const isMachineHolder = (value: unknown): value is MachineHolder => {
  const { run, pid, startTicks, linkPrefix } = (value ?? {}) as Partial<MachineHolder>;
  const isText = typeof run === 'string' && typeof linkPrefix === 'string';
  return isText && typeof pid === 'number' && typeof startTicks === 'number';
};
