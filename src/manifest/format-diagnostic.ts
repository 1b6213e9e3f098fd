/** Diagnostics for people. No zod here: every command may want this file. */
import type { Diagnostic } from '../model/diagnostic.ts';

export interface FormatOptions {
  readonly color: boolean;
}

/** columns of source shown around the mistake when the line is longer */
const windowWidth = 100;

/**
 * `file:line:column: field: what is wrong (hint)`, then the source line and a caret line under it. Warnings say so after the
 * position. Control characters of the input never reach the terminal.
 */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions): string {
  const paint = options.color ? painters : plainPainters;
  const { file, position, field, message, hint, severity } = diagnostic;
  const place = paint.place(`${visible(file)}:${position.line}:${position.column}:`);
  const kind = severity === 'warning' ? paint.warning(' warning:') : '';
  const what = `${field === '' ? '' : `${visible(field)}: `}${visible(message)}${hint === undefined ? '' : ` (${visible(hint)})`}`;
  const head = `${place}${kind} ${what}`;
  if (diagnostic.sourceLine === undefined) return head;
  const { source, indent, caret } = sourceWindow(diagnostic.sourceLine, position.column - 1, diagnostic.length ?? 1);
  const mark = severity === 'warning' ? paint.warning(caret) : paint.error(caret);
  return `${head}\n    ${source}\n    ${indent}${mark}`;
}

/** Line feeds and the rest of the C0 and C1 controls as visible pictures or escapes. */
function visible(text: string): string {
  return [...text].map((character) => (isControl(character) ? escapeOf(character) : character)).join('');
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || isDirectional(code);
}

/** Marks that turn the reading direction would let a manifest show other text than it holds. */
function isDirectional(code: number): boolean {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0x200e || code === 0x200f;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The part of a line around the mistake, with the blanks and carets that go under it; tabs become one blank each, so both lines agree. */
function sourceWindow(
  line: string,
  start: number,
  length: number,
): { readonly source: string; readonly indent: string; readonly caret: string } {
  const slice = windowSlice(line, start);
  const cells = slice.cells.map(cellOf);
  const local = start - slice.skipped;
  const lead = slice.skipped > 0 ? '…' : '';
  const tail = slice.more ? '…' : '';
  const before = cells.slice(0, local).reduce((sum, cell) => sum + cell.width, lead.length);
  const under = cells.slice(local, local + length).reduce((sum, cell) => sum + cell.width, 0);
  return {
    source: `${lead}${cells.map((cell) => cell.text).join('')}${tail}`,
    indent: ' '.repeat(before),
    caret: '^'.repeat(Math.max(1, under)),
  };
}

/** Characters shown of a line; a very long line is cut before it is taken apart. */
function windowSlice(
  line: string,
  start: number,
): { readonly cells: string[]; readonly skipped: number; readonly more: boolean } {
  const wanted = start + windowWidth;
  const head = [...line.slice(0, wanted * 2)];
  const skipped =
    head.length <= windowWidth && line.length <= windowWidth ? 0 : Math.max(0, start - Math.floor(windowWidth / 3));
  const cells = head.slice(skipped, skipped + windowWidth);
  return { cells, skipped, more: head.length > skipped + windowWidth || line.length > wanted * 2 };
}

function cellOf(character: string): { readonly text: string; readonly width: number } {
  if (character === '\t') return { text: ' ', width: 1 };
  if (isControl(character)) return { text: '\u{fffd}', width: 1 };
  return { text: character, width: displayWidth(character.codePointAt(0) ?? 0) };
}

/** Terminal columns of a character: 0 combining, 2 East Asian wide and emoji, else 1 (the common ranges of Unicode TR 11). */
function displayWidth(code: number): number {
  if (code < 0x300) return 1;
  if (zeroWidth.some(([from, to]) => code >= from && code <= to)) return 0;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

const zeroWidth: readonly (readonly [number, number])[] = [
  [0x300, 0x36f],
  [0x483, 0x489],
  [0x591, 0x5bd],
  [0x610, 0x61a],
  [0x64b, 0x65f],
  [0x200b, 0x200d],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xe0100, 0xe01ef],
];

const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

type Painter = (text: string) => string;
const sgr =
  (code: string): Painter =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;
const painters = { place: sgr('1'), warning: sgr('33'), error: sgr('31') };
const same: Painter = (text) => text;
const plainPainters = { place: same, warning: same, error: same };
