/** Two texts line by line: what went, what came, with a line around it. Pure. */

export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Lines that changed one after the other. */
export interface DiffHunk {
  /** number of its first line in the older text, from 1 */
  readonly line: number;
  readonly lines: readonly DiffLine[];
}

/** Beyond this many comparisons the changed part counts as replaced as a whole. */
const maxComparisons = 250_000;
/** Unchanged lines before and after a change. */
const context = 1;

/** The fewest lines that have to go and come; none for equal texts. */
export function diffLines(from: readonly string[], to: readonly string[]): readonly DiffHunk[] {
  const head = commonStart(from, to);
  const tail = commonStart([...from.slice(head)].reverse(), [...to.slice(head)].reverse());
  const before = from.slice(head, from.length - tail);
  const after = to.slice(head, to.length - tail);
  const kept = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ mark: ' ', text }));
  return hunksOf([...kept(from.slice(0, head)), ...diffMiddle(before, after), ...kept(from.slice(from.length - tail))]);
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((line, index) => line !== b[index]);
  return differs === -1 ? Math.min(a.length, b.length) : Math.min(differs, b.length);
}

function diffMiddle(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  if (from.length * to.length > maxComparisons)
    return [...from.map((text) => ({ mark: '-', text }) as const), ...to.map((text) => ({ mark: '+', text }) as const)];
  const common = commonLengths(from, to);
  const lines: DiffLine[] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [old, next] = [from[i], to[j]];
    if (old !== undefined && old === next) {
      lines.push({ mark: ' ', text: old });
      i++;
      j++;
    } else if (old !== undefined && (next === undefined || at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ mark: '-', text: old });
      i++;
    } else {
      lines.push({ mark: '+', text: next ?? '' });
      j++;
    }
  }
  return lines;
}

/** Of the longest common subsequence of what is left from each pair of lines on. */
function commonLengths(from: readonly string[], to: readonly string[]): readonly (readonly number[])[] {
  const rows: number[][] = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      const isSame = from[i] === to[j];
      const length = isSame ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
      (rows[i] as number[])[j] = length;
    }
  }
  return rows;
}

const at = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;

function hunksOf(lines: readonly DiffLine[]): readonly DiffHunk[] {
  const hunks: { line: number; end: number; lines: DiffLine[] }[] = [];
  let next = 1;
  for (const [index, line] of lines.entries()) {
    const number = next;
    if (line.mark !== '+') next++;
    if (!isNearChange(lines, index)) continue;
    const last = hunks.at(-1);
    if (last === undefined || last.end !== index) hunks.push({ line: number, end: index + 1, lines: [line] });
    else {
      last.lines.push(line);
      last.end++;
    }
  }
  return hunks.map(({ line, lines: some }) => ({ line, lines: some }));
}

const isNearChange = (lines: readonly DiffLine[], index: number): boolean =>
  lines.slice(Math.max(0, index - context), index + context + 1).some(({ mark }) => mark !== ' ');
