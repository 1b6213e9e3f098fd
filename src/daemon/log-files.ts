/** The files of one program in one run of its container: `<name>.log`, and rotated `<name>.log.1` (newer) … `.log.<n>` (older). */
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

/** Names of the logs in a directory, without rotation suffixes. */
export async function listLogs(dir: string): Promise<readonly string[]> {
  const names = (await readdir(dir).catch(ignoreMissing)) ?? [];
  return [
    ...new Set(names.map((name) => name.replace(/\.log\.\d{1,4}$/, '.log')).filter((name) => /\.log$/.test(name))),
  ];
}

/** Every file of the log, oldest first, opened; the caller closes them. None is missed or taken twice when a rotation happens meanwhile. */
export async function openLogFiles(dir: string, log: string): Promise<LogFile[]> {
  const files: LogFile[] = [];
  try {
    // Newest first: a rotation moves files towards higher numbers, hence into our way, never out of it. One more than seen, for that.
    const count = await rotationCount(dir, log);
    for (let number = 0; number <= count; number += 1) {
      const file = await openLogFile(logFilePath(dir, log, number));
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
export async function currentInode(dir: string, log: string): Promise<number | undefined> {
  try {
    return (await stat(logFilePath(dir, log, 0))).ino;
  } catch (error) {
    return ignoreMissing(error);
  }
}

/** Where the last lines of a log begin. */
export interface LogTail {
  /** into the files, oldest first */
  readonly index: number;
  readonly offset: number;
  /** how many follow from there: as many as asked for, or all there are */
  readonly lines: number;
}

/** Where the last `lines` lines begin in `files` (oldest first). A line of several P entries counts once. */
export async function findTail(files: readonly LogFile[], lines: number): Promise<LogTail> {
  const last = files.length - 1;
  if (lines === 0) return { index: last, offset: files[last]?.sizeBytes ?? 0, lines };
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
    if (found !== undefined) return { index, offset: found, lines };
  }
  return { index: 0, offset: 0, lines: ends };
}

const blockBytes = 64 * 1024;
const newlineByte = 0x0a;

function logFilePath(dir: string, log: string, rotation: number): string {
  return join(dir, rotation === 0 ? log : `${log}.${rotation}`);
}

// 1 + the highest rotation number found, 0 when there is no file.
async function rotationCount(dir: string, log: string): Promise<number> {
  let count = 0;
  for (const name of (await readdir(dir).catch(ignoreMissing)) ?? []) {
    const suffix = name === log ? '.0' : name.startsWith(`${log}.`) ? name.slice(log.length) : '';
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
