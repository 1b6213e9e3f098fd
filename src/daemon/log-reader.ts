/** Reads the logs of a container's programs: their end, a part of them, or all that is and will be written. */
import { createLineWriter, createLogFormatter, type LogFormat } from './log-formatter.ts';
import { createReel, finishReels, mergeReels, type Reel } from './log-merge.ts';
import type { LogSource, LogSources } from './log-sources.ts';
import { type LogTape, openLogTape, type TapeStart } from './log-tape.ts';
import { createLogWaker, type LogWaker } from './log-waker.ts';

export interface LogRequest extends LogFormat {
  /** directory of the log files */
  readonly dir: string;
  readonly attempt: number;
  /** The logs of a run as they are now; asked again when files appear, while the answer is not complete. */
  readonly find: (attempt: number) => Promise<LogSources>;
  readonly tailLines?: number;
  /** output ends after this many bytes */
  readonly limitBytes?: number;
  readonly follow?: LogFollow;
}

export interface LogFollow {
  /** Newest run of the container, and whether nothing can be written to it nor any run come after it. */
  readonly progress: () => { readonly attempt: number; readonly over: boolean };
  /** Calls back when `progress` may say something new; returns the unsubscribe function. */
  readonly subscribe: (wake: () => void) => () => void;
}

/**
 * The lines as buffers, as fast as they are taken. Followed, it goes on through rotations, into logs of new programs and into later
 * runs without losing or repeating a line, until `progress` says it is over or the signal aborts; in between it waits for inotify
 * and `subscribe`, never for time.
 */
export async function* readLog(request: LogRequest, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let left = request.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const output of readAll(request, signal)) {
    if (output.length >= left) {
      yield output.subarray(0, left);
      return;
    }
    left -= output.length;
    yield output;
  }
}

async function* readAll(request: LogRequest, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const { dir, follow, tailLines, sinceMs } = request;
  // Watching begins before the first look, so that nothing falls between.
  const waker = follow && createLogWaker(dir, follow.subscribe, signal);
  const later = { bounded: follow === undefined, ...(sinceMs === undefined ? {} : { sinceMs }) };
  let start: TapeStart = tailLines === undefined ? later : { ...later, tailLines };
  try {
    for (let { attempt } = request; ; attempt += 1) {
      waker?.sawNewFiles();
      const found = await request.find(attempt);
      const [only, ...others] = found.sources;
      const isPlain = only !== undefined && others.length === 0 && found.isComplete && isPlainLook(only);
      const run = { ...request, attempt };
      const goesOn = yield* isPlain ? readOne(run, only.log, start, waker) : readMany(run, found, start, waker);
      if (!goesOn) return;
      start = later;
    }
  } finally {
    waker?.close();
  }
}

const isPlainLook = ({ look }: LogSource): boolean => look.prefix.length === 0 && look.json === undefined;

/** One log of one run to its end, the fast way; true when a later run is to follow. */
async function* readOne(
  request: LogRequest,
  log: string,
  start: TapeStart,
  waker: LogWaker | undefined,
): AsyncGenerator<Buffer, boolean> {
  const formatter = createLogFormatter(request);
  const tape = await openLogTape(request.dir, log, start);
  try {
    const goesOn = yield* untilOver(request, waker, () => drain(tape, formatter.format, waker));
    yield* formatter.finish();
    return goesOn;
  } finally {
    await tape.close();
  }
}

/** Looks again whenever something happened, until the run is over; true when a later run is to follow. */
async function* untilOver(
  { attempt, follow }: LogRequest,
  waker: LogWaker | undefined,
  look: () => AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer, boolean> {
  for (;;) {
    // Asked before the log is read to its end: what is over by now has written everything.
    waker?.reset();
    const progress = follow?.progress();
    yield* look();
    if (waker === undefined || progress === undefined || waker.isAborted()) return false;
    if (progress.attempt > attempt) return true;
    if (progress.over) return false;
    await waker.wait();
  }
}

const chunkBytes = 256 * 1024;

async function* drain(
  tape: LogTape,
  format: (chunk: Buffer) => readonly Buffer[],
  waker: LogWaker | undefined,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  while (waker?.isAborted() !== true) {
    const bytes = await tape.read(buffer);
    if (bytes === 0) return;
    const output = format(buffer.subarray(0, bytes));
    if (output.length > 0) yield Buffer.concat(output);
  }
}

/** The logs of one run, merged, those of programs that appear meanwhile too. */
async function* readMany(
  request: LogRequest,
  found: LogSources,
  start: TapeStart,
  waker: LogWaker | undefined,
): AsyncGenerator<Buffer, boolean> {
  const { dir, attempt, find, tailLines } = request;
  const writer = createLineWriter(request);
  const reels = new Map<string, Reel>();
  const isAborted = (): boolean => waker?.isAborted() === true;
  const add = async ({ sources }: LogSources, from: TapeStart): Promise<void> => {
    for (const { log, look } of sources) {
      const known = reels.get(log);
      if (known === undefined) reels.set(log, createReel(await openLogTape(dir, log, from), look));
      else known.look = look;
    }
  };
  try {
    await add(found, start);
    const total = [...reels.values()].reduce((sum, { tape }) => sum + tape.tailLines, 0);
    let skip = start.tailLines === undefined ? 0 : Math.max(0, total - (tailLines ?? 0));
    const later = { bounded: start.bounded };
    const goesOn = yield* untilOver(request, waker, async function* () {
      if (!found.isComplete && waker?.sawNewFiles() === true) await add(await find(attempt), later);
      yield* mergeReels([...reels.values()], { writer, skip, isFollowing: waker !== undefined, isAborted });
      skip = 0;
    });
    const rest = finishReels([...reels.values()], writer);
    if (rest.length > 0) yield rest;
    return goesOn;
  } finally {
    for (const { tape } of reels.values()) await tape.close();
  }
}
