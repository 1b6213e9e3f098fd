/** Go's text/tabwriter, which kubectl aligns everything with. */

export interface TabOptions {
  /** narrowest column, padding included */
  readonly minWidth: number;
  readonly padding: number;
}

/** kubectl get: printers.GetNewTabWriter(6, 4, 3). */
export const tableColumns: TabOptions = { minWidth: 6, padding: 3 };
/** kubectl describe: tabwriter (0, 8, 2). */
export const describeColumns: TabOptions = { minWidth: 0, padding: 2 };

/**
 * Aligns tab-separated cells, a string a line. As in Go a column is a block of consecutive lines that have a cell there,
 * and the last cell of a line belongs to no column: it is neither padded nor counted.
 */
export function alignColumns(lines: readonly string[], options: TabOptions): string[] {
  const rows = lines.map((line) => line.split('\t'));
  const widths = rows.map((row) => new Array<number>(row.length - 1).fill(0));
  for (let start = 0; start < rows.length; start++) {
    for (let column = 0; column < (widths[start]?.length ?? 0); column++) {
      if (widths[start]?.[column] === 0) measureBlock(rows, widths, start, column, options);
    }
  }
  return rows.map((row, index) => row.map((cell, column) => padTo(cell, widths[index]?.[column] ?? 0)).join(''));
}

function measureBlock(
  rows: readonly string[][],
  widths: number[][],
  start: number,
  column: number,
  options: TabOptions,
): void {
  let end = start;
  let widest = 0;
  for (; end < rows.length && column < (widths[end]?.length ?? 0); end++) {
    widest = Math.max(widest, displayLength(rows[end]?.[column] ?? ''));
  }
  // Never 0: that means "not measured yet" above.
  const width = Math.max(options.minWidth, widest + options.padding, 1);
  for (let row = start; row < end; row++) {
    const line = widths[row];
    if (line !== undefined) line[column] = width;
  }
}

function displayLength(text: string): number {
  return [...text].length;
}

function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayLength(text)));
}

/** A cell in one line and without terminal escapes, as kubectl prints it: cut at a line break, ESC as `^[`. */
export function cleanCell(text: string): string {
  const end = text.search(/[\f\n\r]/);
  const line = end === -1 ? text : `${text.slice(0, end)}...`;
  return line.replaceAll('\u001b', '^[').replaceAll('\t', ' ');
}

/** Rows under headers as `kubectl get` prints them; widths are remembered from one call to the next, as its --watch does. */
export function createTable(
  headers: readonly string[],
  showHeaders = true,
): (rows: readonly (readonly string[])[]) => string {
  const widths = headers.map(() => tableColumns.minWidth);
  let pending = showHeaders ? [headers] : [];
  return (rows) => {
    const lines = [...pending, ...rows.map((row) => row.map(cleanCell))];
    pending = [];
    for (const line of lines) {
      for (const [column, cell] of line.entries()) {
        widths[column] = Math.max(widths[column] ?? 0, displayLength(cell) + tableColumns.padding);
      }
    }
    return lines.map((line) => formatRow(line, widths)).join('');
  };
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => (column === cells.length - 1 ? cell : padTo(cell, widths[column] ?? 0)));
  return `${padded.join('')}\n`;
}
