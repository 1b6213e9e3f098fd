/** Log lines to what the user sees: as they were printed, behind a prefix and a time, or as JSON. */
import { createLineJoiner, type LogLine } from './log-lines.ts';

export interface LogFormat {
  /** put each line's own time stamp before it */
  readonly timestamps: boolean;
  /** leave out lines that begin before this, ms since 1970 */
  readonly sinceMs?: number;
}

/** How the lines of one program are shown. */
export interface LineLook {
  /** before each line, and before its time; may be empty */
  readonly prefix: Buffer;
  /** one JSON object a line with these fields, time, stream and log; absent: text */
  readonly json?: Readonly<Record<string, string>>;
}

export interface LineWriter {
  /** Appends a line to the output; the pieces may share memory with it. Lines of several programs, each with its own look, take turns. */
  readonly write: (output: Buffer[], line: LogLine, look: LineLook) => void;
}

export interface LogFormatter {
  /** The next bytes of the file; the returned pieces may share memory with them. */
  readonly format: (chunk: Buffer) => readonly Buffer[];
  /** The file is over: what is left, unfinished lines with a newline. */
  readonly finish: () => readonly Buffer[];
}

const newline = Buffer.from('\n');

/** The lines of one log as plain text. */
export function createLogFormatter(format: LogFormat): LogFormatter {
  const joiner = createLineJoiner();
  const writer = createLineWriter(format);
  const show = (lines: readonly LogLine[]): readonly Buffer[] => {
    const output: Buffer[] = [];
    for (const line of lines) writer.write(output, line, plain);
    return output;
  };
  return { format: (chunk) => show(joiner.push(chunk)), finish: () => show(joiner.finish()) };
}

const plain: LineLook = { prefix: Buffer.alloc(0) };

/** A line is never broken by another, but where its rest is not there yet and another is: then it ends, and its rest is a line. */
export function createLineWriter({ timestamps, sinceMs }: LogFormat): LineWriter {
  /** the look and stream whose line stands unfinished in the output */
  let unfinished: { readonly look: LineLook; readonly stream: string } | undefined;
  const isOld = ({ timestamp }: LogLine): boolean => sinceMs !== undefined && Date.parse(timestamp) < sinceMs;
  const writeText = (output: Buffer[], line: LogLine, look: LineLook, isContinued: boolean): void => {
    if (!isContinued && look.prefix.length > 0) output.push(look.prefix);
    if (timestamps && line.isFirst && line.timestamp !== '') output.push(Buffer.from(`${line.timestamp} `));
    output.push(...line.pieces);
    if (line.isEnd) output.push(newline);
    unfinished = line.isEnd ? undefined : { look, stream: line.stream };
  };
  return {
    write: (output, line, look) => {
      if (isOld(line)) return;
      const isContinued = unfinished?.look === look && unfinished.stream === line.stream;
      if (unfinished !== undefined && !isContinued) output.push(newline);
      if (look.json === undefined) return writeText(output, line, look, isContinued);
      unfinished = undefined;
      output.push(jsonLine(line, look.json));
    },
  };
}

function jsonLine({ timestamp, stream, pieces, isEnd }: LogLine, fields: Readonly<Record<string, string>>): Buffer {
  const log = pieces.length === 1 ? String(pieces[0]) : Buffer.concat(pieces).toString();
  const line = { time: timestamp, ...fields, stream, ...(isEnd ? {} : { partial: true }), log };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}
