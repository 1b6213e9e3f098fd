/** Tables whose first column is a tree: branches, widths, aligned lines, colours. Pure. */
import type { Tone } from './ps-rows.ts';
import { lengthOf } from './wrap-words.ts';

export interface TableColumn<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** figures stand to the right */
  readonly right?: boolean;
}

/** Spaces between two columns. */
export const columnGap = 2;

interface Placed {
  /** 0 at the root */
  readonly depth: number;
}

/** What stands in front of each name; without lines names are indented. */
export function treeBranches(rows: readonly Placed[], withLines: boolean): readonly string[] {
  if (!withLines) return rows.map(({ depth }) => '  '.repeat(depth));
  return rows.map((row, index) => {
    const outer = row.depth < 2 ? '' : hasSibling(rows, index, 1) ? '│  ' : '   ';
    if (row.depth === 0) return '';
    return `${outer}${hasSibling(rows, index, row.depth) ? '├─ ' : '└─ '}`;
  });
}

/** Whether a later row stands at this depth below the same parent. */
function hasSibling(rows: readonly Placed[], index: number, depth: number): boolean {
  for (const { depth: other } of rows.slice(index + 1)) {
    if (other < depth) return false;
    if (other === depth) return true;
  }
  return false;
}

/** Characters that the column takes. */
export function widthOf<Row>({ header, cell }: TableColumn<Row>, rows: readonly Row[]): number {
  return rows.reduce((width, row) => Math.max(width, lengthOf(cell(row))), header.length);
}

/** One line of cells, aligned; `dress` colours a cell that is as wide as its column already. */
export function formatLine<Row>(
  cells: readonly string[],
  columns: readonly TableColumn<Row>[],
  widths: readonly number[],
  dress: (padded: string, column: number) => string = (padded) => padded,
): string {
  const padded = cells.map((cell, at) => {
    const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - lengthOf(cell)));
    return dress(columns[at]?.right ? space + cell : cell + space, at);
  });
  return padded.join(' '.repeat(columnGap)).trimEnd();
}

const colours: Readonly<Record<Tone, string>> = { good: '32', busy: '33', bad: '31', quiet: '2', plain: '' };

/** A text in the colour of its tone. */
export function paint(text: string, tone: Tone): string {
  return colours[tone] === '' ? text : `\u001b[${colours[tone]}m${text}\u001b[0m`;
}
