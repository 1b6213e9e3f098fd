import { describe, expect, test } from 'vitest';
import { selectUsage, topRows } from '../../../src/cli/top-rows.ts';
import { type TopLook, topLines } from '../../../src/cli/top-table.ts';
import { rateUsage } from '../../../src/cli/usage-rates.ts';
import { aUsageList } from './usage-builders.ts';

const before = aUsageList(0, { web: { app: { a: 0, b: 0 }, side: { main: 0 } }, db: { app: { main: 0 } } });
const after = aUsageList(
  1000,
  { web: { app: { a: 100, b: 200 }, side: { main: 50 } }, db: { app: { main: 900 } } },
  { b: { workingSetBytes: 768, memoryLimitBytes: 1024, pids: 3, oomKills: 2 } },
);
const rated = rateUsage(before, after);
const look: TopLook = {
  ...{ width: undefined, utf8: true, colour: false, showNamespace: false, headers: true },
  machine: { cpus: 2, memoryBytes: 1 << 30 },
};
const names = (rows: readonly { readonly depth: number; readonly name: string }[]) =>
  rows.map(({ depth, name }) => `${depth} ${name}`);

describe('rows', () => {
  test('are a tree; a container of a plain command is its program', () => {
    expect(names(topRows(rated, 'tree', 'name'))).toEqual(['0 web', '1 app', '2 a', '2 b', '1 side', '0 db', '1 app']);
  });

  test('are sorted on each level', () => {
    expect(names(topRows(rated, 'tree', 'cpu'))).toEqual(['0 db', '1 app', '0 web', '1 app', '2 b', '2 a', '1 side']);
    expect(topRows(rated, 'programs', 'memory')[0]?.name).toBe('web/app/b');
  });

  test('of one kind are a list with whole names', () => {
    expect(names(topRows(rated, 'containers', 'cpu'))).toEqual(['0 db/app', '0 web/app', '0 web/side']);
    expect(names(topRows(rated, 'programs', 'name'))).toEqual([
      '0 web/app/a',
      '0 web/app/b',
      '0 web/side/main',
      '0 db/app/main',
    ]);
  });

  test('are only what was asked for', () => {
    const one = selectUsage(rated, [{ pod: 'web', container: 'app', program: { program: 'b' } }]);
    expect(names(topRows(one, 'tree', 'name'))).toEqual(['0 web', '1 app', '2 b']);
    const two = selectUsage(rated, [{ pod: 'web', container: 'side' }, { pod: 'db' }]);
    expect(names(topRows(two, 'tree', 'name'))).toEqual(['0 web', '1 side', '0 db', '1 app']);
  });

  test('an instance is meant by its number, the first also by the plain name', () => {
    const pairs = rateUsage(before, aUsageList(1000, { web: { app: { 'w:0': 1, 'w:1': 2 }, plain: { w: 3 } } }));
    const labels = (instance?: number) =>
      selectUsage(pairs, [
        { pod: 'web', program: { program: 'w', ...(instance === undefined ? {} : { instance }) } },
      ]).items.flatMap(({ containers }) =>
        containers.flatMap(({ programs }) => programs.map(({ program }) => program)),
      );
    expect(labels()).toEqual(['w:0', 'w:1', 'w']);
    expect(labels(0)).toEqual(['w:0', 'w']);
    expect(labels(1)).toEqual(['w:1']);
  });
});

describe('the table', () => {
  test('has every column where nobody looks at the width', () => {
    const [head, ...lines] = topLines(topRows(rated, 'tree', 'name'), look);
    expect(head).toBe(
      'NAME      CPU  CPU/LIM  THROTTLED  MEMORY  MEM/LIM  CACHE  SWAP  PIDS  READ/S  WRITE/S  PSI C/M/I  OOM',
    );
    expect(lines[3]).toMatch(/^ {4}b {3}20\.0% +- +- +768 +75\.0% +- +- +3 +- +- +- +2$/);
  });

  test('on a terminal has branches, bars and no column of nothing', () => {
    const lines = topLines(topRows(rated, 'tree', 'name'), { ...look, width: 80 });
    expect(lines[0]).not.toContain('PSI');
    expect(lines[4]).toMatch(/^│ {2}└─ b +20\.0% +█+░+ +768 +█+░+ +75\.0%/);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  test('on a narrow terminal drops what is needed least', () => {
    const lines = topLines(topRows(rated, 'tree', 'name'), { ...look, width: 30 });
    expect(lines[0]).toMatch(/^NAME +CPU +MEMORY/);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(30);
  });

  test('colours what is near its limit', () => {
    const line = topLines(topRows(rated, 'tree', 'name'), { ...look, colour: true })[4];
    expect(line).toContain('\u001b[33m  75.0%\u001b[0m');
  });
});
