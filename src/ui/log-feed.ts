/** The logs that the view wants, read from podd as they are written. */
import type { Client } from '../cli/client.ts';
import { podPath } from '../cli/pod-paths.ts';
import { createLineCutter } from '../cli/print-logs.ts';
import { formatError } from '../util/pod-error.ts';
import type { UiEvent } from './model.ts';
import type { LogStream, WantedLogs } from './model-wants.ts';

export interface LogFeed {
  /** Read these from now on: streams of the same source go on, one that has ended is opened anew with the container's next run. */
  readonly sync: (wanted: WantedLogs | undefined) => void;
  readonly stop: () => void;
}

/** How much of a log is read at first. */
const tailLines = 500;
/** Lines are handed over in batches. */
const batchMs = 100;
/** Who writes more than this within a batch is read more slowly than he writes. */
const batchBytes = 1 << 20;
/** Somebody who runs through the tree passes rows whose logs he does not want. */
const settleMs = 60;

interface Source {
  readonly name: string;
  readonly ended: AbortController;
  /** by place: the run that is, or was, read */
  readonly runs: Map<string, string>;
  /** places whose stream has not ended: it goes on into the container's next runs */
  readonly open: Set<string>;
  readonly batch: Batch;
}

/** `colour`: prefixes in colour. */
export function createLogFeed(client: Client, dispatch: (event: UiEvent) => void, colour: boolean): LogFeed {
  let source: Source | undefined;
  let wanted: WantedLogs | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    source?.ended.abort();
    source?.batch.stop();
    source = undefined;
  };
  const begin = (): void => {
    timer = undefined;
    if (wanted === undefined) return;
    const name = wanted.source;
    const batch = createBatch((lines) => dispatch({ kind: 'logged', source: name, lines }));
    source = { name, ended: new AbortController(), runs: new Map(), open: new Set(), batch };
    dispatch({ kind: 'log-began', source: name });
    openNew(source, wanted.streams);
  };
  const openNew = (from: Source, streams: readonly LogStream[]): void => {
    const { runs, open, batch } = from;
    for (const stream of streams) {
      const last = runs.get(stream.place);
      if (!isOther(last, stream)) continue;
      runs.set(stream.place, stream.run ?? '');
      if (open.has(stream.place)) continue;
      if (last !== undefined) batch.add([`${stream.prefix}-- container ${stream.container} started anew --`]);
      void follow(client, stream, { ...from, colour });
    }
  };
  return {
    sync: (next) => {
      wanted = next;
      if (next?.source === source?.name) {
        if (source !== undefined && next !== undefined) openNew(source, next.streams);
        return;
      }
      end();
      timer ??= setTimeout(begin, settleMs);
    },
    stop: () => {
      clearTimeout(timer);
      end();
    },
  };
}

const isOther = (last: string | undefined, { run }: LogStream): boolean =>
  last === undefined || (run !== undefined && run !== last);

interface Reading extends Source {
  readonly colour: boolean;
}

/** Never rejects. */
async function follow(client: Client, stream: LogStream, reading: Reading): Promise<void> {
  const { open, ended, batch } = reading;
  open.add(stream.place);
  try {
    await readStream(client, stream, reading);
  } catch (error) {
    if (!ended.signal.aborted) batch.add([`${stream.prefix}-- ${formatError(error)} --`]);
  } finally {
    open.delete(stream.place);
  }
}

async function readStream(client: Client, stream: LogStream, { ended, batch, colour }: Reading): Promise<void> {
  const { namespace, pod, container, program, prefix } = stream;
  const words = program === undefined ? { prefix: 'auto' } : { program, prefix: 'never' };
  const query = { container, ...words, format: 'text', follow: true, tailLines, colour };
  const response = await client.stream(podPath(namespace, pod, 'log', query), ended.signal);
  const cutter = createLineCutter(prefix);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      batch.add(linesOf(cutter.take(chunk)), chunk.length);
      await batch.room();
    }
    batch.add(linesOf(cutter.rest()));
  } catch {
    // The view turned to something else, or podd went away: the pod feed tells.
  }
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes.length === 0 ? [] : bytes.toString('utf8').replace(/\n$/, '').split('\n');
}

interface Batch {
  /** `bytes`: what was read for them */
  readonly add: (lines: readonly string[], bytes?: number) => void;
  /** Resolves when more may be read: at once as a rule, after the next hand-over where too much has come. */
  readonly room: () => Promise<void>;
  readonly stop: () => void;
}

function createBatch(handOver: (lines: readonly string[]) => void): Batch {
  let lines: string[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];
  let isOver = false;
  const flush = (): void => {
    timer = undefined;
    const [full, resumed] = [lines, waiting];
    lines = [];
    bytes = 0;
    waiting = [];
    if (full.length > 0) handOver(full);
    for (const resume of resumed) resume();
  };
  return {
    add: (more, count = 0) => {
      if (isOver) return;
      for (const line of more) lines.push(line);
      bytes += count;
      if (lines.length > 0 || bytes > batchBytes) timer ??= setTimeout(flush, batchMs);
    },
    room: async () => {
      if (bytes > batchBytes && !isOver) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    stop: () => {
      isOver = true;
      clearTimeout(timer);
      // Readers go on, to see that their stream was aborted.
      for (const resume of waiting) resume();
    },
  };
}
