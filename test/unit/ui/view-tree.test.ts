import { describe, expect, test } from 'vitest';
import { formatBar } from '../../../src/cli/usage-bar.ts';
import { visibleRows } from '../../../src/ui/model-tree.ts';
import { textWidth } from '../../../src/ui/view-text.ts';
import { planColumns, treeLines } from '../../../src/ui/view-tree.ts';
import { afterEvents, aView, other, plain, plainLook, shop, type } from './a-view.ts';

const rows = visibleRows(aView());
const view = { rows, selected: rows[0]?.key, look: plainLook, machineBytes: 1 << 30 };

describe('bars', () => {
  test.each([
    [undefined, ''],
    [0, '░░░░░░░░'],
    [0.01, '█░░░░░░░'],
    [0.5, '████░░░░'],
    [0.99, '███████░'],
    [1, '████████'],
    [1.7, '████████'],
  ])('%d is %s', (share, bar) => {
    expect(formatBar(share, 8, { utf8: true })).toBe(bar);
  });

  test('are drawn in ASCII where there is no UTF-8', () => {
    expect(formatBar(0.5, 4, { utf8: false })).toBe('##..');
  });
});

describe('columns', () => {
  test.each([
    [56, ['NAME', 'STATE', 'RST', 'UPTIME', 'CPU', 'MEM']],
    [60, ['NAME', 'STATE', 'READY', 'RST', 'UPTIME', 'CPU', 'MEM']],
    [80, ['NAME', 'STATE', 'READY', 'RST', 'UPTIME', 'CPU', 'MEM']],
  ])('in %i there are %j', (width, headers) => {
    const columns = planColumns(rows, width);
    expect(columns.map(({ header }) => header.trim()).filter((header) => header !== '')).toEqual(headers);
  });

  test('bars are shown from 80 on', () => {
    expect(planColumns(rows, 60)).toHaveLength(7);
    expect(planColumns(rows, 80)).toHaveLength(9);
  });

  test.each(Array.from({ length: 60 }, (_, at) => 60 + at))('never take more than the %i there are', (width) => {
    for (const line of plain(treeLines(view, { columns: width, rows: 20 })))
      expect(textWidth(line)).toBeLessThanOrEqual(width);
  });
});

describe('rows', () => {
  test('show state, readiness, restarts, uptime, CPU and memory', () => {
    const used = [...shop, other].map((group) => ({
      ...group,
      programs: group.programs.map((one) => ({ ...one, cpuMs: (one.cpuMs ?? 0) + 500 })),
    }));
    const state = afterEvents(aView(), { kind: 'read', groups: used, atMs: 2000, nowMs: aView().nowMs });
    const lines = plain(treeLines({ ...view, rows: visibleRows(state) }, { columns: 80, rows: 20 }));
    expect(lines.slice(0, 6).map((line) => line.trimEnd())).toEqual([
      'NAME               STATE      READY RST UPTIME   CPU              MEM',
      '>▾ shop            Running    2/2     0         150% █████████   36Mi █░░░░░░░░',
      '   ▾ app           running    2/3     0     5m  100% █████████   24Mi █░░░░░░░░',
      '       db          RUNNING    yes     0    60s 50.0% ████░░░░░   12Mi █░░░░░░░░',
      '       worker:0    RUNNING    yes     0    60s 50.0% ████░░░░░   12Mi █░░░░░░░░',
      '       worker:1    FATAL      no      0      -     -                -',
    ]);
  });

  test('around the selected one are shown when not all fit', () => {
    const names = (keys: string): string =>
      plain(treeLines({ ...view, selected: type(aView(), keys).state.selected }, { columns: 80, rows: 4 }))
        .slice(1)
        .map((line) => line.slice(0, 18).trim().replace(/ +/g, ' '))
        .join(',');
    expect(names('')).toBe('>▾ shop,▾ app,db');
    expect(names('jjj')).toBe('db,> worker:0,worker:1');
    expect(names('G')).toBe('side,▾ prod/db,> app');
  });
});
