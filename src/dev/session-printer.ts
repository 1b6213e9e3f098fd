/** A session on standard output and error: what happens, the programs' output, and on a terminal a line below that sums up. */
import type { Io } from '../cli/io.ts';
import { isUtf8 } from '../cli/io.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { DevLogLine, LogSource } from './follow-logs.ts';
import { formatMs, formatNotice } from './format-notice.ts';
import { createPrefixes } from './log-prefix.ts';
import type { DevNotice } from './notice.ts';
import { createScreen } from './screen.ts';
import { formatStatusLine } from './status-line.ts';
import { cleanLine } from './terminal-text.ts';

export interface SessionPrinter {
  readonly onNotice: (notice: DevNotice) => void;
  readonly onLines: (source: LogSource, lines: readonly DevLogLine[]) => void;
  /** Whole lines on standard error. */
  readonly complain: (text: string) => void;
  /** A line of the session itself. */
  readonly say: (text: string) => void;
  /** Whether logs are shown from now on. */
  readonly toggleLogs: () => boolean;
  readonly resized: () => void;
  readonly close: () => void;
}

export interface PrinterOptions {
  readonly io: Io;
  readonly specs: () => readonly PodSpec[];
  readonly showsLogs: boolean;
  /** The reader of our output left, or the terminal is gone: nothing is printed any more. */
  readonly onGone: () => void;
}

export function createSessionPrinter({ io, specs, showsLogs, onGone }: PrinterOptions): SessionPrinter {
  // One that knows no escapes has no line that stays.
  const isTerminal = io.columns !== undefined && io.env.TERM !== 'dumb';
  const utf8 = isUtf8(io.env);
  const mark = utf8 ? '» ' : '> ';
  const guard = guardWrites(onGone);
  const screen = createScreen({
    write: guard(io.out),
    columns: () => (isTerminal ? io.columns : undefined),
    colour: io.colour,
    ellipsis: utf8 ? '…' : '...',
  });
  const toError = guard(io.err);
  const summary = createSummary({ specs, separator: utf8 ? '·' : '|', isTerminal });
  const prefixOf = createPrefixes(io.colour);
  const clean = io.columns !== undefined ? cleanLine : (text: string) => text;
  let logs = showsLogs;
  let timer: NodeJS.Timeout | undefined;
  const showStatus = (): void => {
    if (isTerminal) return screen.setStatus(summary.text());
    clearTimeout(timer);
    timer = setTimeout(() => {
      const text = summary.text();
      if (summary.isNews(text)) toError(`${mark}${text}\n`);
    }, settledMs);
  };
  return {
    onNotice: (notice) => {
      const look = { colour: io.colour, columns: io.columns, mark, directory: process.cwd() };
      const { out, err } = formatNotice(notice, look);
      if (out.length > 0) screen.print(asLines(out.map(clean)));
      if (err.length > 0) screen.print(asLines(err.map(clean)), toError);
      if (summary.take(notice)) showStatus();
    },
    onLines: (source, lines) => {
      if (!logs) return;
      const texts = lines.map(({ program, log }) => {
        const { pod, container, isPlain } = source;
        return `${prefixOf({ pod, container, program: isPlain ? undefined : program })}${clean(log)}`;
      });
      screen.print(asLines(texts));
    },
    complain: (text) => screen.print(text, toError),
    say: (text) => screen.print(`${mark}${text}\n`),
    toggleLogs: () => {
      logs = !logs;
      return logs;
    },
    resized: screen.resized,
    close: () => {
      clearTimeout(timer);
      screen.close();
    },
  };
}

/** Without a terminal each state is a line: those that only pass are left out. */
const settledMs = 200;

const asLines = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** Writers that fall silent when nobody reads any more: EPIPE of a pipe, EIO of a terminal that hung up. */
function guardWrites(onGone: () => void): (write: (text: string) => void) => (text: string) => void {
  let isGone = false;
  return (write) => (text) => {
    if (isGone) return;
    try {
      write(text);
    } catch {
      isGone = true;
      onGone();
    }
  };
}

interface Summary {
  /** Whether the notice changes it. */
  readonly take: (notice: DevNotice) => boolean;
  readonly text: () => string;
  /** Whether it is another one than the last time; the same trouble is not told twice. */
  readonly isNews: (text: string) => boolean;
}

function createSummary(options: {
  readonly specs: () => readonly PodSpec[];
  readonly separator: string;
  readonly isTerminal: boolean;
}): Summary {
  let pods: readonly PodObject[] = [];
  let lastAction: string | undefined;
  let isBroken = false;
  let told = '';
  const take = (notice: DevNotice): boolean => {
    if (notice.kind === 'status') pods = notice.pods;
    else if (notice.kind === 'diagnostics') isBroken = !notice.isUsable;
    else if (notice.kind === 'recovered') isBroken = false;
    else if (notice.kind === 'action-done') lastAction = `${notice.did} (${formatMs(notice.elapsedMs)})`;
    else if (notice.kind === 'action-failed') lastAction = `failed: ${notice.why}`;
    else return false;
    return true;
  };
  return {
    take,
    // Without a terminal each change is a line, and the action has had its own.
    text: () =>
      formatStatusLine({
        pods,
        isBroken,
        ...options,
        specs: options.specs(),
        lastAction: options.isTerminal ? lastAction : undefined,
      }),
    isNews: (text) => {
      const isOther = text !== told && pods.length > 0;
      told = text;
      return isOther;
    },
  };
}
