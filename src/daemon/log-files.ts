/** The files of one container run: `<attempt>.log`, and rotated `<attempt>.log.1` (newer) … `.log.<n>` (older). */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { criHeadBytes, isPartial } from './cri-line.ts';

export interface LogFile {
  readonly handle: FileHandle;
  readonly inode: number;
  /** when it was opened */
  readonly sizeBytes: number;
  /** last write when it was opened, ms since 1970 */
  readonly modifiedMs: number;
}

/** Whether any file of this run exists. */
export async function hasLogFiles(dir: string, attempt: number): Promise<boolean> {
  return (await rotationCount(dir, attempt)) > 0;
}

/** Every file of the run, oldest first, opened; the caller closes them. None is missed or taken twice when a rotation happens meanwhile. */
export async function openLogFiles(dir: string, attempt: number): Promise<LogFile[]> {
  const files: LogFile[] = [];
  try {
    // Newest first: a rotation moves files towards higher numbers, hence into our way, never out of it. One more than seen, for that.
    const count = await rotationCount(dir, attempt);
    for (let number = 0; number <= count; number += 1) {
      const file = await openLogFile(logFilePath(dir, attempt, number));
      if (file === undefined) continue;
      if (files.some(({ inode }) => inode === file.inode)) await file.handle.close();
      else files.push(file);
    }
    return files.reverse();
  } catch (error) {
    await closeLogFiles(files);
    throw error;
  }
}

/** Closes all; never rejects. */
export async function closeLogFiles(files: readonly LogFile[]): Promise<void> {
  await Promise.allSettled(files.map(({ handle }) => handle.close()));
}

/** Inode of the file being written; undefined while there is none (also for a moment within a rotation). */
export async function currentInode(dir: string, attempt: number): Promise<number | undefined> {
  try {
    return (await stat(logFilePath(dir, attempt, 0))).ino;
  } catch (error) {
    return ignoreMissing(error);
  }
}

/** Where the last `lines` lines begin: an index into `files` (oldest first) and an offset. A line of several P entries counts once. */
export async function findTail(
  files: readonly LogFile[],
  lines: number,
): Promise<{ readonly index: number; readonly offset: number }> {
  const last = files.length - 1;
  if (lines === 0) return { index: last, offset: files[last]?.sizeBytes ?? 0 };
  let ends = 0;
  let seen = false;
  for (let index = last; index >= 0; index -= 1) {
    const file = files[index];
    if (file === undefined) break;
    let following = file.sizeBytes;
    let found: number | undefined;
    await visitLinesBackward(file, (start, head) => {
      // An unfinished line at the very end counts like a finished one.
      const isEnd = !seen || !isPartial(head);
      seen = true;
      if (isEnd && ends === lines) found = following;
      if (isEnd) ends += 1;
      following = start;
      return found === undefined;
    });
    if (found !== undefined) return { index, offset: found };
  }
  return { index: 0, offset: 0 };
}

const blockBytes = 64 * 1024;
const newlineByte = 0x0a;

function logFilePath(dir: string, attempt: number, rotation: number): string {
  return join(dir, rotation === 0 ? `${attempt}.log` : `${attempt}.log.${rotation}`);
}

// 1 + the highest rotation number found, 0 when there is no file.
async function rotationCount(dir: string, attempt: number): Promise<number> {
  const prefix = `${attempt}.log`;
  let count = 0;
  for (const name of (await readdir(dir).catch(ignoreMissing)) ?? []) {
    const suffix = name === prefix ? '.0' : name.startsWith(`${prefix}.`) ? name.slice(prefix.length) : '';
    if (/^\.\d{1,4}$/.test(suffix)) count = Math.max(count, Number(suffix.slice(1)) + 1);
  }
  return count;
}

async function openLogFile(path: string): Promise<LogFile | undefined> {
  const handle = await open(path, 'r').catch(ignoreMissing);
  if (handle === undefined) return undefined;
  const { ino, size, mtimeMs } = await handle.stat();
  return { handle, inode: ino, sizeBytes: size, modifiedMs: mtimeMs };
}

function ignoreMissing(error: NodeJS.ErrnoException | unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** Calls `visit` with the start and first bytes of each line, last line first, until it returns false. */
async function visitLinesBackward(file: LogFile, visit: (start: number, head: Buffer) => boolean): Promise<void> {
  const block = Buffer.alloc(blockBytes);
  let head: Buffer = Buffer.alloc(0);
  for (let end = file.sizeBytes; end > 0; ) {
    const begin = Math.max(0, end - blockBytes);
    const { bytesRead } = await file.handle.read(block, 0, end - begin, begin);
    let lineEnd = bytesRead;
    for (let at = lastNewline(block, lineEnd); at !== -1; at = lastNewline(block, at)) {
      const start = begin + at + 1;
      const isLine = start < file.sizeBytes;
      if (isLine && !visit(start, headOf(block.subarray(at + 1, lineEnd), head))) return;
      head = Buffer.alloc(0);
      lineEnd = at + 1;
    }
    head = headOf(block.subarray(0, lineEnd), head);
    end = begin;
  }
  if (file.sizeBytes > 0) visit(0, head);
}

function lastNewline(block: Buffer, before: number): number {
  return before === 0 ? -1 : block.lastIndexOf(newlineByte, before - 1);
}

// Copied: the block is used again.
function headOf(bytes: Buffer, rest: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, criHeadBytes), rest.subarray(0, criHeadBytes)]).subarray(0, criHeadBytes);
}
