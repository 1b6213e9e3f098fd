/** Text that fits a terminal: printable, no wider than its place, coloured only where that is wanted. */
import stringWidth from 'string-width';
import type { Tone } from '../cli/ps-rows.ts';
import { cleanLine as withoutCodes } from '../dev/terminal-text.ts';
import type { Look } from './model.ts';

// Built from strings: the linter takes a control character in a regular expression for a mistake.
const esc = '\u001b';
const sgrText = `${esc}\\[[\\d;:]*m`;
const sgr = new RegExp(sgrText);
const everySgr = new RegExp(sgrText, 'g');
const pieces = new RegExp(`${sgrText}|\t|[^\t${esc}]+`, 'g');
const sgrBetween = new RegExp(`(${sgrText})`);
/** What is invisible or turns the direction of writing: joiners, variation selectors, bidi marks, separators of lines. */
const invisible = /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/gu;
const tabWidth = 8;

/** A line as a program wrote it, without what would move the cursor or change the terminal; colours stay where `look` has them. */
export function cleanLine(line: string, { utf8, colour }: Look): string {
  // What a carriage return overwrote (progress bars) is gone on a terminal too.
  const last = line.split('\r').findLast((part) => part !== '') ?? '';
  const safe = withoutCodes(last);
  const plain = colour ? safe : safe.replace(everySgr, '');
  const printable = plain.replace(invisible, '').replace(/\p{Surrogate}/gu, '\ufffd');
  const expanded = printable.includes('\t') ? expandTabs(printable) : printable;
  return utf8 ? expanded : expanded.replace(/\P{ASCII}/gu, '?');
}

function expandTabs(text: string): string {
  let column = 0;
  return text.replace(pieces, (part) => {
    if (part.startsWith(esc)) return part;
    const spaces = part === '\t' ? ' '.repeat(tabWidth - (column % tabWidth)) : part;
    column += textWidth(spaces);
    return spaces;
  });
}

/** Columns that a cleaned text takes. */
export function textWidth(text: string): number {
  return isAscii(text) ? text.length : stringWidth(text);
}

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);
const graphemes = new Intl.Segmenter();

/** At most `width` columns of a cleaned line, from column `from` on; colours that are still on are ended. */
export function clipText(text: string, width: number, from = 0): string {
  if (isAscii(text)) return text.slice(from, from + width);
  let column = 0;
  let isColoured = false;
  const clipped = text.split(sgrBetween).map((part) => {
    if (sgr.test(part)) {
      isColoured = true;
      return part;
    }
    const piece = clipPlain(part, from - column, from + width - column);
    column += piece.width;
    return piece.text;
  });
  return clipped.join('') + (isColoured ? '\u001b[0m' : '');
}

/** The part between two columns, and the width of all of it (as far as it matters). */
function clipPlain(text: string, from: number, to: number): { readonly text: string; readonly width: number } {
  if (to <= 0) return { text: '', width: 0 };
  if (isAscii(text)) return { text: text.slice(Math.max(0, from), to), width: text.length };
  let column = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    const width = textWidth(segment);
    if (column >= from && column + width <= to) kept += segment;
    column += width;
    if (column >= to) break;
  }
  return { text: kept, width: column };
}

/** Exactly `width` columns: cut, with a mark at the cut, or filled up. */
export function fitText(text: string, width: number, { utf8 }: Pick<Look, 'utf8'>, right = false): string {
  const size = textWidth(text);
  const cut = size <= width ? text : `${clipText(text, Math.max(0, width - 1))}${utf8 ? '…' : '~'}`;
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return right ? space + cut : cut + space;
}

/** A cleaned line in lines of at most `width` columns. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const segments = isAscii(text)
    ? (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
    : [...graphemes.segment(text)].map(({ segment }) => segment);
  for (const segment of segments) {
    const size = textWidth(segment);
    if (used + size > width) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += segment;
    used += size;
  }
  return [...lines, line];
}

const codes: Readonly<Record<Tone | 'bold' | 'selected', string>> = {
  ...{ good: '32', busy: '33', bad: '31', quiet: '2', plain: '', bold: '1', selected: '7' },
};

/** Text in a tone. Without colours tones are not shown; bold and inverse are no colours and stay. */
export function paint(text: string, tone: keyof typeof codes, { colour }: Pick<Look, 'colour'>): string {
  const code = codes[tone];
  const isColour = tone !== 'bold' && tone !== 'selected';
  return code === '' || text === '' || (isColour && !colour) ? text : `\u001b[${code}m${text}\u001b[0m`;
}
