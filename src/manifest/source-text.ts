/** Offsets in a text as lines and columns. */
import type { Position } from '../model/diagnostic.ts';

export interface SourceText {
  /** line and column count from 1; columns count characters (code points) */
  readonly positionAt: (offset: number) => Position;
  /** the whole line an offset is in, without its line break */
  readonly lineAt: (offset: number) => string;
  /** characters from start to end, cut at the end of start's line; at least 1 */
  readonly lengthOf: (start: number, end: number) => number;
}

/** Indexes the lines of a text once; look-ups are logarithmic. `firstLine` is the number of the text's first line. */
export function createSourceText(text: string, firstLine = 1): SourceText {
  const starts = lineStarts(text);
  const lineIndex = (offset: number): number => lastNotAbove(starts, Math.min(offset, text.length));
  const lineEnd = (index: number): number => {
    const next = starts[index + 1] ?? text.length + 1;
    return text[next - 2] === '\r' ? next - 2 : next - 1;
  };
  return {
    positionAt: (offset) => {
      const index = lineIndex(offset);
      return {
        line: index + firstLine,
        column: codePoints(text, starts[index] ?? 0, Math.min(offset, text.length)) + 1,
      };
    },
    lineAt: (offset) => {
      const index = lineIndex(offset);
      return text.slice(starts[index], Math.max(starts[index] ?? 0, lineEnd(index)));
    },
    lengthOf: (start, end) => Math.max(1, codePoints(text, start, Math.min(end, lineEnd(lineIndex(start))))),
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lastNotAbove(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

function codePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}
