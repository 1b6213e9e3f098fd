/** The output of all programs on podinit's own stdout and stderr: what `podinit -f` does in any container runtime. */
import { fstatSync } from 'node:fs';
import type { ProgramLogsPlan } from '../model/launch-plan.ts';
import { parseProgramRef } from '../model/program-name.ts';
import { encodeOutputLines, type LineStyle } from './line-encoder.ts';
import { LineQueue } from './line-queue.ts';
import { createProgramOutput, type ProgramOutput } from './program-output.ts';

export interface StdoutOptions {
  /** descriptors that stay open as long as any output */
  readonly stdout: number;
  readonly stderr: number;
  /** lines begin to be dropped: the reader is too slow, or gone; again only after it caught up */
  readonly onLoss: (reason: string) => void;
  /** RFC 3339 before each line of format text */
  readonly timestamps?: boolean;
  /** Whether lines go without the default prefix `[label] `; without it: while only one output was ever opened. */
  readonly isOnlyProgram?: () => boolean;
}

export interface StdoutOutputs {
  /** A program's output, in `logs.format`, behind `logs.prefix`; `logs.file` and sizes mean nothing here. */
  (label: string, logs: ProgramLogsPlan): ProgramOutput;
  /** Writes what waits, no longer than maxMs; blocks, for the very end. */
  readonly drain: (maxMs: number) => void;
  readonly close: () => void;
}

/** Lines of several programs never mix within a line; a reader that does not read costs lines, never time. */
export function createStdoutOutputs(options: StdoutOptions): StdoutOutputs {
  let format: LineStyle['format'] = 'text';
  const labels = new Set<string>();
  const isOnly = options.isOnlyProgram ?? (() => labels.size <= 1);
  const events = { onLoss: options.onLoss, noteOf: (lines: number) => lossNote(lines, format) };
  const stdout = new LineQueue(options.stdout, events);
  // one queue for one pipe: half-written lines of the other must not be cut in two
  const stderr = isSameFile(options.stdout, options.stderr) ? stdout : new LineQueue(options.stderr, events);
  const queues = new Set([stdout, stderr]);

  const open = (label: string, wanted: ProgramLogsPlan): ProgramOutput => {
    let logs = wanted;
    let dropped = 0;
    labels.add(label);
    const styleOf = (): LineStyle => {
      if (logs.format === 'json') return { format: 'json', ...programFields(label) };
      const prefix = logs.prefix ?? (isOnly() ? '' : `[${label}] `);
      return { format: 'text', prefix, timestamps: options.timestamps === true };
    };
    return createProgramOutput({
      take: (bytes, end, stream) => {
        const queue = stream === 'stdout' ? stdout : stderr;
        format = logs.format;
        return encodeOutputLines(bytes, end, stream, styleOf(), (output, lines) => {
          if (!queue.push(output, lines)) dropped += lines;
        });
      },
      linesDropped: () => dropped,
      reconfigure: (changed) => {
        logs = changed;
      },
      close: () => {},
    });
  };
  return Object.assign(open, {
    drain: (maxMs: number) => {
      for (const queue of queues) queue.drain(maxMs);
    },
    close: () => {
      for (const queue of queues) queue.close();
    },
  });
}

function programFields(label: string): { readonly program: string; readonly instance?: number } {
  return parseProgramRef(label) ?? { program: label };
}

function isSameFile(one: number, other: number): boolean {
  const [a, b] = [fstatSync(one), fstatSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

function lossNote(lines: number, format: LineStyle['format']): Buffer {
  const text = `${lines} lines dropped: the reader of this output did not keep up`;
  if (format === 'text') return Buffer.from(`podinit: ${text}\n`);
  const line = { time: new Date().toISOString(), program: 'podinit', stream: 'stderr', log: text };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}
