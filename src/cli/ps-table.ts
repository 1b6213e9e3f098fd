/** The rows of `podctl ps` as text: aligned, in the terminal's width, with a tree's branches and colours where they can be shown. */
import type { PsRow } from './ps-rows.ts';
import { cleanCell } from './tab-columns.ts';
import { formatLine, columnGap as gap, paint, type TableColumn, treeBranches, widthOf } from './tree-table.ts';
import { lengthOf, wrapWords } from './wrap-words.ts';

export interface PsLook {
  /** absent: no terminal, lines as long as they are */
  readonly width: number | undefined;
  /** branches of the tree in UTF-8; else names are indented */
  readonly branches: boolean;
  readonly colour: boolean;
  readonly wide: boolean;
  readonly showNamespace: boolean;
  readonly headers: boolean;
}

type Column = TableColumn<PsRow>;

const figures: readonly Column[] = [
  { header: 'STATE', cell: ({ state }) => state },
  { header: 'READY', cell: ({ ready }) => ready },
  { header: 'PID', cell: ({ pid }) => pid, right: true },
  { header: 'UPTIME', cell: ({ uptime }) => uptime, right: true },
  { header: 'RESTARTS', cell: ({ restarts }) => restarts, right: true },
  { header: 'CPU', cell: ({ cpu }) => cpu, right: true },
  { header: 'MEMORY', cell: ({ memory }) => memory, right: true },
];
const wideFigures: readonly Column[] = [
  { header: 'PROCESSES', cell: ({ processes }) => processes, right: true },
  { header: 'INNER PID', cell: ({ innerPid }) => innerPid, right: true },
];
const lastExit: Column = { header: 'LAST EXIT', cell: (row) => row.lastExit };
const message: Column = { header: 'MESSAGE', cell: (row) => row.message };

/**
 * Ends in a newline. Where the terminal is too narrow, first the messages and then the last exits move to lines of their own below
 * their rows: nothing is cut. Without any message that column is left out.
 */
export function formatPs(rows: readonly PsRow[], look: PsLook): string {
  const cleaned = rows.map(cleanRow);
  const branches = treeBranches(cleaned, look.branches);
  const columns = [...leftColumns(cleaned, branches, look), ...figures, ...(look.wide ? wideFigures : [])];
  const ends = [lastExit, message].filter((column) => cleaned.some((row) => !isNothing(column.cell(row))));
  // Inline as many of the two as fit; the rest goes below.
  const inline = [2, 1, 0]
    .map((count) => ends.slice(0, count))
    .find((some) => fits([...columns, ...some], cleaned, look));
  const shown = [...columns, ...(inline ?? [])];
  const below = ends.filter((column) => !shown.includes(column));
  const widths = shown.map((column) => widthOf(column, cleaned));
  const header = look.headers
    ? [
        formatLine(
          shown.map((column) => column.header),
          shown,
          widths,
        ),
      ]
    : [];
  const lines = cleaned.flatMap((row, index) => [
    formatLine(
      shown.map((column) => column.cell(row)),
      shown,
      widths,
      (cell, at) => (look.colour && shown[at]?.header === 'STATE' ? paint(cell, row.tone) : cell),
    ),
    ...belowLines(row, below, { look, indent: indentBelow(cleaned, index, branches, look) }),
  ]);
  return [...header, ...lines].map((line) => `${line}\n`).join('');
}

function cleanRow(row: PsRow): PsRow {
  return { ...row, lastExit: cleanCell(row.lastExit), message: cleanCell(row.message) };
}

function leftColumns(rows: readonly PsRow[], branches: readonly string[], look: PsLook): readonly Column[] {
  const name: Column = { header: 'NAME', cell: (row) => `${branches[rows.indexOf(row)] ?? ''}${row.name}` };
  return look.showNamespace ? [{ header: 'NAMESPACE', cell: ({ namespace }) => namespace }, name] : [name];
}

function fits(columns: readonly Column[], rows: readonly PsRow[], { width, wide }: PsLook): boolean {
  if (width === undefined || wide) return true;
  const total = columns.reduce((sum, column) => sum + widthOf(column, rows) + gap, -gap);
  return total <= width;
}

interface Below {
  readonly look: PsLook;
  readonly indent: string;
}

/** What did not fit, as `last exit: exit 1 (5s ago); waits for db`. */
function belowLines(row: PsRow, columns: readonly Column[], { look, indent }: Below): readonly string[] {
  const parts = columns
    .filter((column) => !isNothing(column.cell(row)))
    .map((column) => (column === lastExit ? `last exit: ${row.lastExit}` : row.message));
  if (parts.length === 0) return [];
  const room = Math.max(20, (look.width ?? 80) - lengthOf(indent));
  return wrapWords(parts.join('; '), room).map((line) => indent + (look.colour ? `\u001b[2m${line}\u001b[0m` : line));
}

function indentBelow(rows: readonly PsRow[], index: number, branches: readonly string[], look: PsLook): string {
  const branch = (branches[index] ?? '').replaceAll('├─', '│ ').replaceAll('└─', '  ');
  const widest = Math.max(0, ...rows.map(({ namespace }) => namespace.length), 'NAMESPACE'.length);
  return `${look.showNamespace ? ' '.repeat(widest + gap) : ''}${branch}  `;
}

const isNothing = (cell: string): boolean => cell === '' || cell === '-';
