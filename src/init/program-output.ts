/**
 * What one program instance prints, through all its restarts: into its log, to whoever is attached, to who waits for a line.
 *
 *   stdout, stderr ──pump──▶ lines ──▶ log sink (a CRI file, or podinit's own output)
 *                     │         └────▶ watchLines: readiness by logLine
 *                     └──────────────▶ tap: attach
 */
import type { ProgramLogsPlan } from '../model/launch-plan.ts';
import { encodeCriLines } from './cri-lines.ts';
import { LogFile } from './log-file.ts';
import { type LogPump, type OutputStream, partBytes, startLogPump } from './log-pump.ts';

export interface ProgramOutput {
  /** Take what comes from fd (owned from here on) until its writers are gone. */
  pump(fd: number, stream: OutputStream): LogPump;
  /** Bytes as they come, of both streams; the buffer is used again: copy. The listener must neither throw nor run a pump. */
  tap(listener: OutputTap): () => void;
  /** Whole lines of both streams without their newline, as UTF-8, cut at 16 KiB. The listener must not throw. */
  watchLines(listener: (line: string) => void): () => void;
  linesDropped(): number;
  /** Other limits, another file. */
  reconfigure(logs: ProgramLogsPlan): void;
  /** Finishes every pump, then lets go of the log. */
  close(): void;
}

export type OutputTap = (stream: OutputStream, bytes: Buffer) => void;

/** Where the lines of a program go. */
export interface LineSink {
  /** As PumpTarget.lines. */
  take(bytes: Buffer, end: number, stream: OutputStream): number;
  linesDropped(): number;
  reconfigure(logs: ProgramLogsPlan): void;
  close(): void;
}

/**
 * Into `logs.file` of a directory, as CRI lines, rotated. `onLoss` is told once when lines begin to be dropped, and again only
 * after the disk took lines for a while in between.
 */
export function openProgramOutput(
  directoryFd: number,
  logs: ProgramLogsPlan,
  onLoss: (reason: string) => void,
): ProgramOutput {
  const file = new LogFile(directoryFd, logs, onLoss);
  return createProgramOutput({
    take: (bytes, end, stream) => encodeCriLines(bytes, end, stream, file),
    linesDropped: () => file.dropped(),
    reconfigure: (wanted) => file.reconfigure(wanted),
    close: () => file.close(),
  });
}

/** Keeps nothing, but can be tapped and watched: where there is no log directory. */
export function noOutput(): ProgramOutput {
  return createProgramOutput({
    take: (bytes, end) => {
      const begun = bytes.subarray(0, end).lastIndexOf(newline) + 1;
      return end - begun > partBytes ? end : begun;
    },
    linesDropped: () => 0,
    reconfigure: () => {},
    close: () => {},
  });
}

const newline = 0x0a;

/** The pumps, taps and line watchers of one program over any sink. */
export function createProgramOutput(sink: LineSink): ProgramOutput {
  const taps = new Set<OutputTap>();
  const watchers = new Set<(line: string) => void>();
  const pumps = new Set<LogPump>();
  const pump = (fd: number, stream: OutputStream): LogPump => {
    /** the line before was cut: what follows still belongs to it */
    let isCut = false;
    let lines: readonly string[] = [];
    const pumping = startLogPump(
      fd,
      {
        chunk: (bytes, start, end) => {
          if (taps.size > 0) for (const tap of taps) tap(stream, bytes.subarray(start, end));
        },
        lines: (bytes, end) => {
          const used = sink.take(bytes, end, stream);
          if (used === 0) return 0;
          if (watchers.size > 0) lines = linesOf(bytes, used, isCut);
          isCut = bytes[used - 1] !== newline;
          return used;
        },
        settled: () => {
          if (lines.length === 0) return;
          const seen = lines;
          lines = [];
          for (const line of seen) for (const watch of watchers) watch(line);
        },
      },
      () => pumps.delete(pumping),
    );
    pumps.add(pumping);
    return pumping;
  };
  return {
    pump,
    tap: (listener) => addTo(taps, listener),
    watchLines: (listener) => addTo(watchers, listener),
    linesDropped: () => sink.linesDropped(),
    reconfigure: (logs) => sink.reconfigure(logs),
    close: () => {
      for (const pumping of [...pumps]) pumping.finish();
      sink.close();
    },
  };
}

function addTo<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}

/** The lines that begin in bytes[0..end), each cut at partBytes; what comes before the first newline is none when `isCut`. */
function linesOf(bytes: Buffer, end: number, isCut: boolean): readonly string[] {
  const lines: string[] = [];
  let start = isCut ? bytes.indexOf(newline) + 1 || end : 0;
  while (start < end) {
    const found = bytes.indexOf(newline, start);
    const lineEnd = found === -1 || found >= end ? end : found;
    lines.push(bytes.toString('utf8', start, Math.min(lineEnd, start + partBytes)));
    start = lineEnd + 1;
  }
  return lines;
}
