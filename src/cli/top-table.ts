/** The rows of `podctl top` as lines: all columns where nobody looks at the width, else as many as fit, with bars in what is left. Pure. */
import { formatBytes } from './program-words.ts';
import type { TopRow } from './top-rows.ts';
import { columnGap, formatLine, paint, type TableColumn, treeBranches, widthOf } from './tree-table.ts';
import { formatBar, shareTone } from './usage-bar.ts';

export interface TopLook {
  /** absent: no terminal, every column and no bars */
  readonly width: number | undefined;
  readonly utf8: boolean;
  readonly colour: boolean;
  readonly showNamespace: boolean;
  readonly headers: boolean;
  /** what is not limited has all of the machine's */
  readonly machine: { readonly cpus: number; readonly memoryBytes: number };
}

type Column = TableColumn<TopRow> & {
  /** colours the cell by this share of a limit */
  readonly share?: (row: TopRow) => number | undefined;
};

const percent = (share: number | undefined): string =>
  share === undefined ? '-' : `${share.toFixed(share < 99.95 ? 1 : 0)}%`;

const cpu: Column = { header: 'CPU', right: true, cell: ({ rates }) => percent(rates.cpuPercent) };
const cpuOfLimit: Column = {
  header: 'CPU/LIM',
  right: true,
  cell: ({ rates }) => percent(rates.cpuLimitPercent),
  share: ({ rates }) => part(rates.cpuLimitPercent),
};
const throttled: Column = {
  header: 'THROTTLED',
  right: true,
  cell: ({ rates }) => percent(rates.throttledPercent),
  share: ({ rates }) => part(rates.throttledPercent),
};
const memory: Column = { header: 'MEMORY', right: true, cell: ({ usage }) => formatBytes(usage.workingSetBytes) };
const memoryOfLimit: Column = {
  header: 'MEM/LIM',
  right: true,
  cell: ({ rates }) => percent(rates.memoryLimitPercent),
  share: ({ rates }) => part(rates.memoryLimitPercent),
};
const cache: Column = { header: 'CACHE', right: true, cell: ({ usage }) => formatBytes(usage.cacheBytes) };
const swap: Column = { header: 'SWAP', right: true, cell: ({ usage }) => formatBytes(usage.swapBytes) };
const pids: Column = {
  header: 'PIDS',
  right: true,
  cell: ({ usage }) => String(usage.pids ?? '-'),
  share: ({ usage }) => part(usage.pidsLimit === undefined ? undefined : (100 * (usage.pids ?? 0)) / usage.pidsLimit),
};
const reads: Column = {
  header: 'READ/S',
  right: true,
  cell: ({ rates }) => formatBytes(round(rates.readBytesPerSecond)),
};
const writes: Column = {
  header: 'WRITE/S',
  right: true,
  cell: ({ rates }) => formatBytes(round(rates.writeBytesPerSecond)),
};
const pressure: Column = { header: 'PSI C/M/I', right: true, cell: ({ usage }) => formatPressure(usage.pressure) };
const oom: Column = { header: 'OOM', right: true, cell: ({ usage }) => String(usage.oomKills ?? '-') };

const all: readonly Column[] = [
  ...[cpu, cpuOfLimit, throttled, memory, memoryOfLimit, cache, swap, pids, reads, writes, pressure, oom],
];
/** On a narrow terminal these go, the first one first. */
const leastNeeded: readonly Column[] = [
  swap,
  cache,
  pressure,
  throttled,
  writes,
  reads,
  pids,
  cpuOfLimit,
  memoryOfLimit,
];
/** Of no interest on a terminal where nobody has any. */
const leftOutWhenEmpty: readonly Column[] = [swap, reads, writes, pressure, cpuOfLimit, throttled, memoryOfLimit];

const shortestBar = 5;
const longestBar = 16;

/** Without trailing newlines; a line is never wider than the terminal as long as the names leave room. */
export function topLines(rows: readonly TopRow[], look: TopLook): readonly string[] {
  const columns = planColumns(rows, look);
  const widths = columns.map((column) => widthOf(column, rows));
  const headers = columns.map(({ header }) => header.trim());
  const head = look.headers ? [formatLine(headers, columns, widths)] : [];
  return [...head, ...rows.map((row) => rowLine(row, columns, widths, look))];
}

function rowLine(row: TopRow, columns: readonly Column[], widths: readonly number[], look: TopLook): string {
  const cells = columns.map((column) => column.cell(row));
  return formatLine(cells, columns, widths, (cell, at) => {
    const share = look.colour ? columns[at]?.share?.(row) : undefined;
    return share === undefined || share < 0.005 ? cell : paint(cell, shareTone(share));
  });
}

function planColumns(rows: readonly TopRow[], look: TopLook): readonly Column[] {
  const branches = treeBranches(rows, look.width !== undefined && look.utf8);
  const prefixes = new Map(rows.map((row, index) => [row, branches[index] ?? '']));
  const name: Column = {
    header: 'NAME',
    cell: (row) => `${prefixes.get(row)}${row.name}${row.paused ? ' (paused)' : ''}`,
  };
  const namespace: Column = { header: 'NAMESPACE', cell: (row) => row.namespace };
  const names = look.showNamespace ? [namespace, name] : [name];
  const { width } = look;
  if (width === undefined) return [...names, ...all];
  const wanted = all.filter(
    (column) => !leftOutWhenEmpty.includes(column) || rows.some((row) => hasValue(column, row)),
  );
  const total = (columns: readonly Column[]): number =>
    columns.reduce((sum, column) => sum + widthOf(column, rows) + columnGap, -columnGap);
  let kept = wanted;
  for (const least of leastNeeded) {
    if (total([...names, ...kept]) <= width) break;
    kept = kept.filter((column) => column !== least);
  }
  return [...names, ...withBars(kept, width - total([...names, ...kept]), look)];
}

/** A bar behind CPU and one behind MEMORY, where there is room for both. */
function withBars(columns: readonly Column[], spare: number, look: TopLook): readonly Column[] {
  const width = Math.min(longestBar, Math.floor(spare / 2) - columnGap);
  if (width < shortestBar) return columns;
  const { cpus, memoryBytes } = look.machine;
  const ofCpu = ({ rates, usage }: TopRow) => part(rates.cpuPercent, (usage.cpuLimitMillis ?? cpus * 1000) / 10);
  const ofMemory = ({ usage }: TopRow) => part(usage.workingSetBytes, usage.memoryLimitBytes ?? memoryBytes);
  const bar = (share: NonNullable<Column['share']>): Column => ({
    ...{ header: ' '.repeat(width), share },
    cell: (row) => formatBar(share(row), width, look),
  });
  return columns.flatMap((column) => {
    if (column === cpu) return [column, bar(ofCpu)];
    return column === memory ? [column, bar(ofMemory)] : [column];
  });
}

const hasValue = (column: Column, row: TopRow): boolean => !['-', '', '0'].includes(column.cell(row));

/** Percent to a share, or one amount of another. */
const part = (amount: number | undefined, whole = 100): number | undefined =>
  amount === undefined ? undefined : amount / whole;

const round = (amount: number | undefined): number | undefined =>
  amount === undefined ? undefined : Math.round(amount);

/** Shares of the last 10 s in which something waited for CPU, memory and io: `12/0/3`. */
function formatPressure(pressure: TopRow['usage']['pressure']): string {
  if (pressure === undefined) return '-';
  const { cpu: ofCpu, memory: ofMemory, io: ofIo } = pressure;
  return [ofCpu, ofMemory, ofIo].map((kind) => (kind === undefined ? '-' : kind.some.avg10.toFixed(0))).join('/');
}
