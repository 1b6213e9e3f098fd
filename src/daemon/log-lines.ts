/** Log file bytes to lines: P entries are joined per stream, so that streams do not mix within a line. */
import { type CriLine, decodeCriLine } from './cri-line.ts';

export interface LogLine {
  /** of its first entry, as written; empty for what is no CRI line */
  readonly timestamp: string;
  /** stdout, stderr; empty for what is no CRI line, which passes as it is */
  readonly stream: string;
  /** may share memory with the chunk they came from */
  readonly pieces: readonly Buffer[];
  /** false: its beginning was given before */
  readonly isFirst: boolean;
  /** false: more of it follows */
  readonly isEnd: boolean;
}

export interface LineJoiner {
  /** The lines that end in the chunk, in the order of their ends. */
  readonly push: (chunk: Buffer) => readonly LogLine[];
  /** The file is over: what is left, as if it were whole. */
  readonly finish: () => readonly LogLine[];
}

const newlineByte = 0x0a;
// An unfinished line longer than this is passed on in pieces instead of being kept.
const maxHeldBytes = 1024 * 1024;

interface OpenLine {
  readonly timestamp: string;
  pieces: Buffer[];
  bytes: number;
  isFirst: boolean;
}

/** One for each log; keeps at most `maxHeldBytes` of each stream. */
export function createLineJoiner(): LineJoiner {
  const open = new Map<string, OpenLine>();
  let rest: Buffer = Buffer.alloc(0);
  const addPart = (lines: LogLine[], { stream, timestamp, text, partial }: CriLine): void => {
    const line = open.get(stream) ?? { timestamp, pieces: [], bytes: 0, isFirst: true };
    // The reader's buffer is used again: what stays has to be copied.
    line.pieces.push(partial ? Buffer.from(text) : text);
    line.bytes += text.length;
    if (partial) open.set(stream, line);
    else open.delete(stream);
    if (partial && line.bytes <= maxHeldBytes) return;
    lines.push({ timestamp: line.timestamp, stream, pieces: line.pieces, isFirst: line.isFirst, isEnd: !partial });
    line.pieces = [];
    line.bytes = 0;
    line.isFirst = false;
  };
  const add = (lines: LogLine[], bytes: Buffer): void => {
    if (bytes.length === 0) return;
    const entry = decodeCriLine(bytes);
    if (entry === undefined) lines.push(wholeLine('', '', bytes));
    else if (entry.partial || open.has(entry.stream)) addPart(lines, entry);
    else lines.push(wholeLine(entry.timestamp, entry.stream, entry.text));
  };
  return {
    push: (chunk) => {
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(newlineByte); end !== -1; end = chunk.indexOf(newlineByte, start)) {
        const line = chunk.subarray(start, end);
        add(lines, rest.length === 0 ? line : Buffer.concat([rest, line]));
        rest = Buffer.alloc(0);
        start = end + 1;
      }
      if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
      return lines;
    },
    finish: () => {
      const lines: LogLine[] = [];
      add(lines, rest);
      rest = Buffer.alloc(0);
      for (const [stream, { timestamp, pieces, isFirst }] of open) {
        lines.push({ timestamp, stream, pieces, isFirst, isEnd: true });
      }
      open.clear();
      return lines;
    },
  };
}

const wholeLine = (timestamp: string, stream: string, text: Buffer): LogLine => ({
  timestamp,
  stream,
  pieces: [text],
  isFirst: true,
  isEnd: true,
});
