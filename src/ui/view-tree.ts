/** The tree's rows as lines: as many columns as there is room for, bars as long as there is room. */
import { formatBytes } from '../cli/program-words.ts';
import type { Tone } from '../cli/ps-rows.ts';
import { formatBar, shareTone } from '../cli/usage-bar.ts';
import type { Look } from './model.ts';
import type { TreeRow } from './model-tree.ts';
import type { Area } from './view-layout.ts';
import { fitText, paint } from './view-text.ts';

export interface TreeView {
  readonly rows: readonly TreeRow[];
  readonly selected: string | undefined;
  readonly look: Look;
  /** what a row without a limit of its own is measured against */
  readonly machineBytes: number;
}

interface Column {
  readonly header: string;
  readonly width: number;
  readonly right?: boolean;
  readonly cell: (row: TreeRow, view: TreeView) => string;
}

/** Headings, then those rows around the selected one that fit into `area`. */
export function treeLines(view: TreeView, area: Area): readonly string[] {
  if (area.rows === 0) return [];
  const columns = planColumns(view.rows, area.columns);
  const head = columns.map(({ header, width, right }) => fitText(header, width, view.look, right)).join(' ');
  const rows = rowsAround(view, area.rows - 1).map((row) => rowLine(row, columns, view, area.columns));
  return [paint(head, 'quiet', view.look), ...rows];
}

function rowsAround({ rows, selected }: TreeView, height: number): readonly TreeRow[] {
  const index = rows.findIndex(({ key }) => key === selected);
  const from = Math.max(0, Math.min(index - Math.floor(height / 2), rows.length - height));
  return rows.slice(from, from + height);
}

function rowLine(row: TreeRow, columns: readonly Column[], view: TreeView, width: number): string {
  const { look, selected } = view;
  const isSelected = row.key === selected;
  const cells = columns.map(({ header, cell, ...column }) => {
    const text = fitText(cell(row, view), column.width, look, column.right);
    if (isSelected) return text;
    if (header === 'STATE') return paint(text, row.tone, look);
    if (header === cpuBar.header || header === memoryBar.header) return paint(text, barTone(text, look), look);
    return row.depth === 0 && header === 'NAME' ? paint(text, 'bold', look) : text;
  });
  const line = cells.join(' ');
  return isSelected ? paint(fitText(line, width, look), 'selected', look) : line;
}

const cpuBar = { header: '   ' } as const;
const memoryBar = { header: '    ' } as const;

const fixedColumns: readonly Column[] = [
  { header: 'STATE', width: 10, cell: ({ state }) => state },
  { header: 'READY', width: 5, cell: ({ ready }) => ready },
  { header: 'RST', width: 3, right: true, cell: ({ restarts }) => restarts },
  { header: 'UPTIME', width: 6, right: true, cell: ({ uptime }) => uptime },
  { header: 'CPU', width: 5, right: true, cell: ({ cpu }) => formatPercent(cpu) },
  { header: 'MEM', width: 6, right: true, cell: ({ memoryBytes }) => formatBytes(memoryBytes) },
];

/** In narrow terminals these go, the first one first. */
const leastNeeded: readonly string[] = ['READY', 'RST', 'UPTIME'];
const shortestName = 18;
const shortestBar = 5;
const longestBar = 16;
const longestState = 17;

/** NAME takes what the others leave; what it does not need goes to the bars. */
export function planColumns(rows: readonly TreeRow[], width: number): readonly Column[] {
  const longestName = Math.max(shortestName, ...rows.map((row) => nameCell(row, true).length));
  const kept = leastNeeded.reduce(
    (columns, header) =>
      widthOf(columns) + 1 + shortestName <= width ? columns : columns.filter((column) => column.header !== header),
    fixedColumns,
  );
  const spare = width - widthOf(kept) - 1 - shortestName;
  const bar = spare >= 2 * (shortestBar + 1) ? shortestBar : 0;
  const left = spare - (bar === 0 ? 0 : 2 * (bar + 1));
  const forName = Math.min(longestName - shortestName, left);
  const wishedState = Math.min(longestState, Math.max(10, ...rows.map(({ state }) => state.length)));
  const forState = Math.min(wishedState - 10, left - forName);
  const forBars = bar === 0 ? 0 : Math.min(longestBar - bar, Math.floor((left - forName - forState) / 2));
  const name: Column = {
    header: 'NAME',
    width: shortestName + forName,
    cell: (row, view) => nameCell(row, view.look.utf8, row.key === view.selected),
  };
  const columns = kept.flatMap((column) => withBar(column, bar + forBars));
  return [name, ...columns.map((column) => (column.header === 'STATE' ? { ...column, width: 10 + forState } : column))];
}

/** Each column and the space before it. */
const widthOf = (columns: readonly Column[]): number => columns.reduce((sum, column) => sum + column.width + 1, -1);

function withBar(column: Column, width: number): readonly Column[] {
  if (width === 0) return [column];
  if (column.header === 'CPU') {
    return [column, { ...cpuBar, width, cell: (row, { look }) => formatBar(cpuShare(row), width, look) }];
  }
  if (column.header !== 'MEM') return [column];
  return [column, { ...memoryBar, width, cell: (row, view) => formatBar(memoryShare(row, view), width, view.look) }];
}

/** `> ▾ web`: the mark of the selected row, the fold, the name behind its depth. */
function nameCell({ depth, fold, name }: TreeRow, utf8: boolean, isSelected = false): string {
  const folds = utf8 ? { open: '▾', closed: '▸', leaf: ' ' } : { open: '-', closed: '+', leaf: ' ' };
  return `${isSelected ? '>' : ' '}${'  '.repeat(depth)}${folds[fold]} ${name}`;
}

/** Of its limit; without one, of one CPU. */
const cpuShare = ({ cpu, limits }: TreeRow): number | undefined =>
  cpu === undefined ? undefined : cpu / (limits.cpu || 100);

/** Of its limit; without one, of the machine's memory. */
const memoryShare = ({ memoryBytes, limits }: TreeRow, { machineBytes }: TreeView): number | undefined =>
  memoryBytes === undefined ? undefined : memoryBytes / (limits.memoryBytes || machineBytes);

function formatPercent(cpu: number | undefined): string {
  if (cpu === undefined) return '-';
  return `${cpu.toFixed(cpu < 99.95 ? 1 : 0)}%`;
}

function barTone(bar: string, { utf8 }: Look): Tone {
  const width = bar.trimEnd().length;
  if (width === 0) return 'plain';
  const share = [...bar].filter((cell) => cell === (utf8 ? '█' : '#')).length / width;
  return shareTone(share);
}
