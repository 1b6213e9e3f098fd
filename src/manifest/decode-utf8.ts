/** Bytes to text, strictly. */
import type { Position } from '../model/diagnostic.ts';
import { err, ok, type Result } from '../util/result.ts';

type Decoder = InstanceType<typeof TextDecoder>;

export interface DecodeProblem {
  readonly position: Position;
  readonly message: string;
  readonly hint: string;
}

/** UTF-8 text, or where it stops being that. NUL characters pass: the parser names them with their line. */
export function decodeUtf8(bytes: Uint8Array): Result<string, DecodeProblem> {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return err({ position: { line: 1, column: 1 }, message: 'is UTF-16 text', hint: 'save it as UTF-8' });
  }
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return err({
      position: firstBadPosition(bytes),
      message: 'is not UTF-8 text',
      hint: 'a manifest is plain UTF-8 text',
    });
  }
}

/** Goes by lines, since a line feed byte is never part of another character. */
function firstBadPosition(bytes: Uint8Array): Position {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    const text = bytes.subarray(start, end);
    if (!decodes(strict, text)) return { line, column: firstBadColumn(text, strict) };
    start = end + 1;
  }
  return { line, column: 1 };
}

function firstBadColumn(line: Uint8Array, strict: Decoder): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (decodesPartly(strict, line.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  const cut = [0, 1, 2, 3].find((length) => decodes(strict, line.subarray(0, low - length))) ?? 0;
  return [...strict.decode(line.subarray(0, low - cut))].length + 1;
}

function decodes(strict: Decoder, bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Good so far: a character cut at the end does not count against it. */
function decodesPartly(strict: Decoder, bytes: Uint8Array): boolean {
  return [0, 1, 2, 3].some((cut) => cut <= bytes.length && decodes(strict, bytes.subarray(0, bytes.length - cut)));
}
