/** Program output → lines for people or machines on podinit's own stdout and stderr. */
import { type OutputStream, partBytes } from './log-pump.ts';

const newline = 0x0a;
/** At the end of a piece of a line that goes on in the next, as in a shell script. */
const goesOn = Buffer.from(' \\\n');
const lineEnd = Buffer.from('\n');

export interface TextStyle {
  readonly format: 'text';
  readonly prefix: string;
  /** RFC 3339 before the prefix */
  readonly timestamps: boolean;
}

export interface JsonStyle {
  readonly format: 'json';
  readonly program: string;
  readonly instance?: number;
}

export type LineStyle = TextStyle | JsonStyle;

/** Whole output lines, how many; the bytes are valid during the call only. */
type Emit = (bytes: Buffer, lines: number) => void;

// Shared by all programs of this process: used only within one call.
const output = Buffer.allocUnsafeSlow(256 * 1024);
/** The longest line is a part in JSON, six bytes for one at worst (\u0000), and its fields. */
const outputReserve = 6 * partBytes + 4096;

/**
 * Encodes the whole lines and full parts of bytes[0..end); returns how many bytes those are: what is left is a line begun, not
 * longer than a part. Parts end between characters of UTF-8.
 */
export function encodeOutputLines(
  bytes: Buffer,
  end: number,
  stream: OutputStream,
  style: LineStyle,
  emit: Emit,
): number {
  const encode = lineEncoder(stream, style);
  let used = 0;
  let filled = 0;
  let lines = 0;
  const flush = (): void => {
    if (filled > 0) emit(output.subarray(0, filled), lines);
    filled = 0;
    lines = 0;
  };
  bytes[end] = newline; // the search must not run on into an older chunk
  while (used < end) {
    const found = bytes.indexOf(newline, used);
    const isFull = found < end && found - used <= partBytes;
    if (!isFull && end - used <= partBytes) break;
    const textEnd = isFull ? found : characterEnd(bytes, used, used + partBytes);
    if (filled > output.length - outputReserve) flush();
    filled = encode(filled, bytes, used, textEnd, !isFull);
    lines++;
    used = textEnd + Number(isFull);
  }
  flush();
  return used;
}

/** Writes bytes[start..end) as one line of `output` at `filled`; returns where it ends. */
type EncodeLine = (filled: number, bytes: Buffer, start: number, end: number, isPartial: boolean) => number;

const lineEncoder = (stream: OutputStream, style: LineStyle): EncodeLine =>
  style.format === 'text' ? textEncoder(style) : jsonEncoder(stream, style);

/** Longer ones would not fit the reserve; manifests are checked for less. */
const maxHeadBytes = 4000;

function textEncoder({ prefix, timestamps }: TextStyle): EncodeLine {
  const time = timestamps ? `${new Date().toISOString()} ` : '';
  const head = Buffer.from(`${time}${prefix}`).subarray(0, maxHeadBytes);
  return (filled, bytes, start, end, isPartial) => {
    let at = filled;
    head.copy(output, at);
    at += head.length;
    at += bytes.copy(output, at, start, end);
    return at + (isPartial ? goesOn : lineEnd).copy(output, at);
  };
}

function jsonEncoder(stream: OutputStream, { program, instance }: JsonStyle): EncodeLine {
  const fields = {
    time: new Date().toISOString(),
    program,
    ...(instance === undefined ? {} : { instance }),
    stream,
  };
  return (filled, bytes, start, end, isPartial) => {
    const log = bytes.toString('utf8', start, end);
    const line = isPartial ? { ...fields, partial: true, log } : { ...fields, log };
    return filled + output.write(`${JSON.stringify(line)}\n`, filled);
  };
}

/** Not within a character: at most three bytes before `end`; where no character is to be seen, `end`. */
function characterEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = end; at > start && at > end - 4; at--) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return end;
}
