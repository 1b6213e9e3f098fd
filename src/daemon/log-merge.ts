/** The logs of several programs as one, by time: a k-way merge that holds one chunk of each. */
import type { LineLook, LineWriter } from './log-formatter.ts';
import { createLineJoiner, type LineJoiner, type LogLine } from './log-lines.ts';
import type { LogTape } from './log-tape.ts';

/** One log that takes part. */
export interface Reel {
  readonly tape: LogTape;
  readonly joiner: LineJoiner;
  look: LineLook;
  buffer: Buffer | undefined;
  lines: readonly LogLine[];
  next: number;
  /** nothing more at this moment */
  isDry: boolean;
  /** of the newest line that has one: for those that have none */
  timestamp: string;
}

export const createReel = (tape: LogTape, look: LineLook): Reel => ({
  ...{ tape, look, joiner: createLineJoiner() },
  ...{ buffer: undefined, lines: [], next: 0, isDry: false, timestamp: '' },
});

const outputBytes = 256 * 1024;
/** For all reels together; each gets at least the lesser bound. */
const bufferBytes = 4 * 1024 * 1024;
const leastBytes = 16 * 1024;

export interface MergeOptions {
  readonly writer: LineWriter;
  /** so many lines at the beginning are left out */
  readonly skip: number;
  /** what grows is read again: a log that floods does not keep those back that have fallen silent */
  readonly isFollowing: boolean;
  readonly isAborted: () => boolean;
}

/** Everything there is at this moment, in chunks of output. Lines of equal time come in the order of the reels, a line's pieces together. */
export async function* mergeReels(reels: readonly Reel[], options: MergeOptions): AsyncGenerator<Buffer> {
  const { isFollowing, isAborted } = options;
  const size = Math.max(leastBytes, Math.min(outputBytes, Math.floor(bufferBytes / Math.max(1, reels.length))));
  const left = { skip: options.skip };
  const output: Buffer[] = [];
  for (const reel of reels) reel.isDry = false;
  while (!isAborted()) {
    const empty = reels.filter((reel) => !hasLine(reel) && !reel.isDry);
    // Their buffers are used again: what was cut from them has to go out first.
    if (empty.length > 0 && output.length > 0) yield Buffer.concat(output.splice(0));
    await refillAll(empty, size, isFollowing);
    if (isFollowing && empty.some(hasLine)) lookAgain(reels, empty);
    const turn = nextTurn(reels);
    if (turn === undefined) break;
    writeTurn(turn, output, options.writer, left);
  }
  if (output.length > 0) yield Buffer.concat(output);
}

function writeTurn(turn: Turn, output: Buffer[], writer: LineWriter, left: { skip: number }): void {
  for (let line = take(turn); line !== undefined; line = take(turn)) {
    if (left.skip === 0) writer.write(output, line, turn.reel.look);
    else left.skip -= Number(line.isEnd);
  }
}

async function refillAll(reels: readonly Reel[], size: number, isFollowing: boolean): Promise<void> {
  for (const reel of reels) await refill(reel, size, isFollowing);
}

/** In those that were dry before: what flows was read for a while. */
function lookAgain(reels: readonly Reel[], justRead: readonly Reel[]): void {
  for (const reel of reels) if (!justRead.includes(reel)) reel.isDry = false;
}

const hasLine = (reel: Reel): boolean => reel.next < reel.lines.length;

/** Reads until there is a line, or nothing more; the unfinished end of a log that is not followed is a line. */
async function refill(reel: Reel, size: number, isFollowing: boolean): Promise<void> {
  reel.buffer ??= Buffer.allocUnsafe(size);
  reel.next = 0;
  do {
    const bytes = await reel.tape.read(reel.buffer);
    reel.isDry = bytes === 0;
    if (!reel.isDry) reel.lines = reel.joiner.push(reel.buffer.subarray(0, bytes));
    else reel.lines = isFollowing ? [] : reel.joiner.finish();
  } while (!hasLine(reel) && !reel.isDry);
  if (reel.isDry && !isFollowing) reel.buffer = undefined;
}

interface Turn {
  readonly reel: Reel;
  /** the next one's time: it goes on while its lines are before that, or of that time where `winsTies`; absent: to its end */
  readonly until: string | undefined;
  readonly winsTies: boolean;
}

/** The reel whose line is the earliest (the first of those), and how long it stays so. No allocation but the turn: it may be a line long. */
function nextTurn(reels: readonly Reel[]): Turn | undefined {
  const first = earliest(reels, -1);
  const reel = reels[first];
  if (reel === undefined) return undefined;
  const second = earliest(reels, first);
  const rival = reels[second];
  return { reel, until: rival === undefined ? undefined : timeOf(rival), winsTies: first < second };
}

/** Index of the reel with the earliest line, the one at `except` aside; −1: none has a line. */
function earliest(reels: readonly Reel[], except: number): number {
  let best = -1;
  let bestTime = '';
  for (let at = 0; at < reels.length; at++) {
    const reel = reels[at] as Reel;
    if (at === except || !hasLine(reel)) continue;
    const time = timeOf(reel);
    if (best !== -1 && time >= bestTime) continue;
    best = at;
    bestTime = time;
  }
  return best;
}

/** Of its next line. */
const timeOf = (reel: Reel): string => reel.lines[reel.next]?.timestamp || reel.timestamp;

/** The reel's next line while it is its turn. */
function take({ reel, until, winsTies }: Turn): LogLine | undefined {
  const line = reel.lines[reel.next];
  if (line === undefined) return undefined;
  const time = timeOf(reel);
  const isLate = until !== undefined && (winsTies ? time > until : time >= until);
  // the pieces of a line stay together
  if (isLate && line.isFirst) return undefined;
  reel.timestamp = time;
  reel.next++;
  return line;
}

/** What is left of lines that will not be finished. */
export function finishReels(reels: readonly Reel[], writer: LineWriter): Buffer {
  const output: Buffer[] = [];
  for (const { joiner, look } of reels) for (const line of joiner.finish()) writer.write(output, line, look);
  return Buffer.concat(output);
}
