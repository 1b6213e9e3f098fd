/** Log file bytes to what the user sees: whole lines, of both streams in order of their ends. */
import { type CriLine, decodeCriLine } from './cri-line.ts';

export interface LogFormat {
  /** put each line's own time stamp before it */
  readonly timestamps: boolean;
  /** leave out entries older than this, ms since 1970 */
  readonly sinceMs?: number;
}

export interface LogFormatter {
  /** The next bytes of the file; the returned pieces may share memory with them. */
  readonly format: (chunk: Buffer) => readonly Buffer[];
  /** The file is over: what is left, unfinished lines with a newline. */
  readonly finish: () => readonly Buffer[];
}

const newlineByte = 0x0a;
const newline = Buffer.from('\n');
// An unfinished line longer than this is passed on in pieces instead of being kept.
const maxHeldBytes = 1024 * 1024;

interface OpenLine {
  timestamp: string;
  pieces: Buffer[];
  bytes: number;
  /** its beginning is written already */
  begun: boolean;
}

/** Joins P entries to lines per stream, so that streams do not mix within a line. Entries that are not CRI lines pass as they are. */
export function createLogFormatter({ timestamps, sinceMs }: LogFormat): LogFormatter {
  const open = new Map<string, OpenLine>();
  let rest: Buffer = Buffer.alloc(0);
  /** stream whose line stands unfinished in the output */
  let unfinished: string | undefined;
  const write = (output: Buffer[], stream: string, line: OpenLine, isEnd: boolean): void => {
    if (unfinished !== undefined && unfinished !== stream) output.push(newline);
    if (timestamps && !line.begun) output.push(Buffer.from(`${line.timestamp} `));
    output.push(...line.pieces);
    if (isEnd) output.push(newline);
    unfinished = isEnd ? undefined : stream;
    line.begun = true;
    line.pieces = [];
    line.bytes = 0;
  };
  const add = (output: Buffer[], entry: CriLine): void => {
    const line = open.get(entry.stream) ?? { timestamp: entry.timestamp, pieces: [], bytes: 0, begun: false };
    // The reader's buffer is used again: what stays has to be copied.
    line.pieces.push(entry.partial ? Buffer.from(entry.text) : entry.text);
    line.bytes += entry.text.length;
    if (entry.partial) open.set(entry.stream, line);
    else open.delete(entry.stream);
    if (!entry.partial || line.bytes > maxHeldBytes) write(output, entry.stream, line, !entry.partial);
  };
  const addRaw = (output: Buffer[], bytes: Buffer): void => {
    if (bytes.length === 0) return;
    const entry = decodeCriLine(bytes);
    if (entry === undefined) output.push(...(unfinished === undefined ? [] : [newline]), bytes, newline);
    if (entry === undefined) unfinished = undefined;
    else if (sinceMs === undefined || !(Date.parse(entry.timestamp) < sinceMs)) add(output, entry);
  };
  return {
    format: (chunk) => {
      const output: Buffer[] = [];
      let start = 0;
      for (let end = chunk.indexOf(newlineByte); end !== -1; end = chunk.indexOf(newlineByte, start)) {
        const line = chunk.subarray(start, end);
        addRaw(output, rest.length === 0 ? line : Buffer.concat([rest, line]));
        rest = Buffer.alloc(0);
        start = end + 1;
      }
      if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
      return output;
    },
    finish: () => {
      const output: Buffer[] = [];
      addRaw(output, rest);
      rest = Buffer.alloc(0);
      for (const [stream, line] of open) write(output, stream, line, true);
      open.clear();
      return output;
    },
  };
}
