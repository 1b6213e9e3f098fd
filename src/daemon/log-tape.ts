/** One program's log of one run as a single stream of bytes, over all its rotated files. */
import { closeLogFiles, currentInode, findTail, type LogFile, openLogFiles } from './log-files.ts';

export interface TapeStart {
  /** begin with this many lines before the end; absent: at the oldest line kept */
  readonly tailLines?: number;
  /** files last written before this (ms since 1970) are of no interest */
  readonly sinceMs?: number;
  /** end where the log ends now, however fast it grows */
  readonly bounded: boolean;
}

export interface LogTape {
  /** Bytes read into the buffer, at least one; 0: nothing more at this moment. Goes from file to file by itself. */
  readonly read: (buffer: Buffer) => Promise<number>;
  /** with `tailLines`: how many lines there are from the start to the end as it was at the opening */
  readonly tailLines: number;
  readonly close: () => Promise<void>;
}

/** Opens what there is (perhaps nothing yet). Files are held open: rotation and deletion take nothing from a slow reader. */
export async function openLogTape(dir: string, log: string, start: TapeStart): Promise<LogTape> {
  const opened = await openLogFiles(dir, log);
  try {
    return await startTape(dir, log, start, opened);
  } catch (error) {
    await closeLogFiles(opened);
    throw error;
  }
}

async function startTape(dir: string, log: string, start: TapeStart, opened: LogFile[]): Promise<LogTape> {
  const tail =
    start.tailLines === undefined ? { index: 0, offset: 0, lines: 0 } : await findTail(opened, start.tailLines);
  const isOld = (file: LogFile): boolean => start.sinceMs !== undefined && file.modifiedMs < start.sinceMs;
  const firstNew = opened.findIndex((file) => !isOld(file));
  const first = Math.max(tail.index, firstNew === -1 ? opened.length - 1 : firstNew);
  const files = opened.slice(Math.max(0, first));
  await closeLogFiles(opened.slice(0, Math.max(0, first)));
  const end = start.bounded ? (opened.at(-1) ?? 'nothing') : undefined;
  return createTape({ dir, log, files, position: first === tail.index ? tail.offset : 0, end }, tail.lines);
}

interface Reel {
  readonly dir: string;
  readonly log: string;
  /** being read, and those that follow it */
  readonly files: LogFile[];
  position: number;
  readonly end: LogFile | 'nothing' | undefined;
}

function createTape(reel: Reel, tailLines: number): LogTape {
  let lastByte = newlineByte;
  // A full disk can tear a line; it must not swallow the one after it.
  const endTornLine = (buffer: Buffer): number => {
    if (lastByte === newlineByte) return 0;
    lastByte = newlineByte;
    return buffer.write('\n');
  };
  const readCurrent = async (file: LogFile | undefined, buffer: Buffer): Promise<number> => {
    if (file === undefined) return 0;
    const room = file === reel.end ? file.sizeBytes - reel.position : buffer.length;
    const { bytesRead } = await file.handle.read(buffer, 0, Math.min(room, buffer.length), reel.position);
    reel.position += bytesRead;
    if (bytesRead > 0) lastByte = buffer[bytesRead - 1] ?? newlineByte;
    else if (await wasCut(file, reel)) return endTornLine(buffer);
    return bytesRead;
  };
  const read = async (buffer: Buffer): Promise<number> => {
    for (;;) {
      const [file] = reel.files;
      const bytes = await readCurrent(file, buffer);
      if (bytes > 0 || !(await findNext(reel))) return bytes;
      // The file may have got its last lines between our read and its rotation.
      const late = await readCurrent(file, buffer);
      if (late > 0) return late;
      await advance(reel, file);
      const ended = endTornLine(buffer);
      if (ended > 0) return ended;
    }
  };
  return { read, tailLines, close: () => closeLogFiles(reel.files.splice(0)) };
}

const newlineByte = 0x0a;

/** podinit cuts off what a full disk took only half of: goes back to the file's end then. */
async function wasCut(file: LogFile, reel: Reel): Promise<boolean> {
  const { size } = await file.handle.stat();
  if (size >= reel.position) return false;
  reel.position = size;
  return true;
}

/** Makes sure the files after the current one are open; false when there are none. */
async function findNext(reel: Reel): Promise<boolean> {
  if (reel.files.length > 1) return true;
  if (reel.end !== undefined) return false;
  const [file] = reel.files;
  // Cheap, and nearly always the answer.
  if (file !== undefined && (await currentInode(reel.dir, reel.log)) === file.inode) return false;
  const found = await openLogFiles(reel.dir, reel.log);
  // Not found: more rotations than files are kept happened since; what is left begins with the oldest.
  const at = found.findIndex(({ inode }) => inode === file?.inode);
  await closeLogFiles(found.splice(0, at + 1));
  reel.files.push(...found);
  return found.length > 0;
}

async function advance(reel: Reel, file: LogFile | undefined): Promise<void> {
  reel.position = 0;
  if (file === undefined) return;
  reel.files.shift();
  await closeLogFiles([file]);
}
