/** One changed field: what it was and is, what that costs and why. */
import type { ObjectKind } from '../model/object-manifest.ts';
import type { FieldChange } from '../protocol/api.ts';
import { costWords, paintCost } from './cost-words.ts';
import { type DiffLine, diffLines } from './line-diff.ts';
import { showCut, showPair, showValue } from './show-values.ts';
import { cleanCell } from './tab-columns.ts';
import { lengthOf, wrapWords } from './wrap-words.ts';

/** How changes are shown. */
export interface ChangeLook {
  readonly colour?: boolean | undefined;
  /** width of the terminal; absent: none, then nothing is broken into lines */
  readonly columns?: number | undefined;
  /** of what; default Pod. Values of a Secret are not to be seen; what data costs is said of the pods that use it. */
  readonly kind?: ObjectKind;
}

/** Without a terminal each value is cut to this. */
const longestValue = 200;
/** Lines of a text that changed which are shown. */
const mostLines = 12;
const indent = '      ';

/** `  ~ spec.hostNetwork: false → true   recreate pod: why`; on a narrow terminal the cost stands below; texts of many lines by line. */
export function formatChange(change: FieldChange, look: ChangeLook = {}): readonly string[] {
  const mark = markOf(change);
  const colon = `${cleanCell(change.field)}:`;
  const cost = (look.kind ?? 'Pod') === 'Pod' ? costWords(change) : '';
  const tail = [cost, cleanCell(change.why)].filter((text) => text !== '').join(': ');
  const texts = look.kind === 'Secret' ? undefined : linesOf(change);
  const head = texts === undefined ? `${colon} ${showChange(change, roomFor(colon, look), look)}` : colon.slice(0, -1);
  const paintedTail = look.colour ? paintCost(cost, change.cost) + tail.slice(cost.length) : tail;
  const isOneLine = look.columns === undefined || lengthOf(`  ${mark} ${head}   ${tail}`) <= look.columns;
  const first = `  ${paintMark(mark, look)} ${head}`;
  const lines = isOneLine ? [`${first}   ${paintedTail}`.trimEnd()] : [first, ...below(tail, cost, change, look)];
  return texts === undefined ? lines : [...lines, ...lineDiff(texts, look)];
}

function markOf({ from, to }: FieldChange): '+' | '-' | '~' {
  if (isAbsent(from)) return '+';
  return isAbsent(to) ? '-' : '~';
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const roomFor = (colon: string, { columns }: ChangeLook): number =>
  columns === undefined ? 2 * longestValue : Math.max(0, columns - lengthOf(colon) - 5);

function showChange({ from, to }: FieldChange, room: number, { kind }: ChangeLook): string {
  if (kind === 'Secret') return '(secret)';
  if (isAbsent(from)) return showCut(to, room);
  return isAbsent(to) ? showCut(from, room) : showPair(from, to, room);
}

function below(tail: string, cost: string, change: FieldChange, { colour, columns = 80 }: ChangeLook): string[] {
  const lines = wrapWords(tail, Math.max(20, columns - indent.length));
  const painted = (line: string): string => paintCost(cost, change.cost) + line.slice(cost.length);
  return lines.map((line, index) => indent + (colour && index === 0 && line.startsWith(cost) ? painted(line) : line));
}

interface Texts {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Of values that are best compared line by line: texts of several lines, and lists with one in them (`[sh, -c, SCRIPT]`). */
function linesOf({ from, to }: FieldChange): Texts | undefined {
  const before = textOf(from);
  const after = textOf(to);
  if (before === undefined || after === undefined || !`${before}${after}`.includes('\n')) return undefined;
  const isLong = [from, to].some((value) => hasLines(value));
  if (!isLong) return undefined;
  // A newline that ends both is no line of its own.
  const isEnded = before.endsWith('\n') && after.endsWith('\n');
  const cut = (text: string): readonly string[] => text.slice(0, isEnded ? -1 : undefined).split('\n');
  return { from: cut(before), to: cut(after) };
}

const hasLines = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(hasLines) : typeof value === 'string' && value.includes('\n');

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.map((item) => (hasLines(item) ? item : showValue(item))).join('\n');
}

function lineDiff({ from, to }: Texts, look: ChangeLook): readonly string[] {
  const lines = diffLines(from, to).flatMap(({ line, lines: some }) => [`@@ line ${line}`, ...some]);
  const shown = lines.slice(0, mostLines).map((line) => indent + formatDiffLine(line, look));
  const rest = lines.length - shown.length;
  return rest > 0 ? [...shown, `${indent}… ${rest} more lines`] : shown;
}

function formatDiffLine(line: DiffLine | string, { colour, columns }: ChangeLook): string {
  if (typeof line === 'string') return line;
  const room = (columns ?? longestValue) - indent.length - 2;
  const characters = [...cleanCell(line.text)];
  const text =
    characters.length > room ? `${characters.slice(0, Math.max(10, room - 1)).join('')}…` : characters.join('');
  const whole = `${line.mark} ${text}`.trimEnd();
  if (!colour || line.mark === ' ') return whole;
  return `\u001b[${line.mark === '+' ? 32 : 31}m${whole}\u001b[0m`;
}

const markColours = { '+': 32, '-': 31, '~': 33 } as const;

const paintMark = (mark: '+' | '-' | '~', { colour }: ChangeLook): string =>
  colour ? `\u001b[${markColours[mark]}m${mark}\u001b[0m` : mark;
