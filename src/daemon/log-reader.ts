/** Reads a container's log: its end, a part of it, or all that is and will be written. */
import { createLogFormatter, type LogFormat } from './log-formatter.ts';
import { type LogTape, openLogTape } from './log-tape.ts';
import { createLogWaker, type LogWaker } from './log-waker.ts';

export interface LogRequest extends LogFormat {
  /** directory of `<attempt>.log` */
  readonly dir: string;
  readonly attempt: number;
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
 * The lines as buffers, as fast as they are taken. Followed, it goes on through rotations and into later runs without losing or
 * repeating a line, until `progress` says it is over or the signal aborts; in between it waits for inotify and `subscribe`, never for time.
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
  const { dir, follow, tailLines } = request;
  // Watching begins before the first look, so that nothing falls between.
  const waker = follow && createLogWaker(dir, follow.subscribe, signal);
  try {
    const tail = tailLines === undefined ? {} : { tailLines };
    for (let { attempt } = request, first = true; ; attempt += 1, first = false) {
      const goesOn = yield* readRun({ ...request, attempt }, first ? tail : {}, waker);
      if (!goesOn) return;
    }
  } finally {
    waker?.close();
  }
}

/** One run to its end; true when a later run is to follow. */
async function* readRun(
  request: LogRequest,
  tail: { readonly tailLines?: number },
  waker: LogWaker | undefined,
): AsyncGenerator<Buffer, boolean> {
  const { dir, attempt, follow, sinceMs } = request;
  const since = sinceMs === undefined ? {} : { sinceMs };
  const formatter = createLogFormatter(request);
  const tape = await openLogTape(dir, attempt, { ...tail, ...since, bounded: follow === undefined });
  try {
    for (;;) {
      // Asked before the log is read to its end: what is over by now has written everything.
      waker?.reset();
      const progress = follow?.progress();
      yield* drain(tape, formatter.format, waker);
      const isLater = progress !== undefined && progress.attempt > attempt;
      if (waker === undefined || progress === undefined || isLater || progress.over || waker.isAborted()) {
        yield* formatter.finish();
        return isLater && waker?.isAborted() === false;
      }
      await waker.wait();
    }
  } finally {
    await tape.close();
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
