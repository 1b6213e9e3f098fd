import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { App } from '../../../src/ui/app.tsx';
import type { UiState } from '../../../src/ui/model.ts';
import { textWidth } from '../../../src/ui/view-text.ts';
import { afterEvents, aView, plain, press, type } from './a-view.ts';

const screenOf = (state: UiState): readonly string[] =>
  plain(renderToString(<App state={state} />, { columns: state.size.columns }).split('\n'));
const sized = (columns: number, rows: number): UiState => aView({ size: { columns, rows } });
const logged = (state: UiState, ...lines: readonly string[]): UiState =>
  afterEvents(state, { kind: 'log-began', source: 's' }, { kind: 'logged', source: 's', lines });

const nasty = [
  `wide ${'日本語'.repeat(40)}`,
  `\u001b[31mred${'x'.repeat(300)}`,
  'up\u001b[10A\u001b[2Jand away\rover',
  'tab\ttab\tta\tb'.repeat(20),
  '👨‍👩‍👧‍👦'.repeat(60),
  'ส็็็็็็็'.repeat(30),
];

describe('the screen', () => {
  test.each([
    [80, 24],
    [60, 16],
    [61, 17],
    [120, 40],
    [150, 24],
    [200, 50],
  ])('at %i×%i has that size, whatever is logged', (columns, rows) => {
    for (const state of [
      logged(sized(columns, rows), ...nasty),
      press(logged(sized(columns, rows), ...nasty), 'enter'),
    ]) {
      const lines = screenOf(state);
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines[0]).toMatch(/^podctl .*2 pods, 2 running {2}1 problem/);
      expect(lines.at(-1)).toMatch(/^\? help/);
    }
  });

  test('has the tree above and the log of the selected row below', () => {
    const lines = screenOf(logged(type(aView(), 'jj').state, 'one', 'two'));
    expect(lines[4]).toMatch(/^> {6}db +RUNNING/);
    expect(lines[10]).toMatch(/^── logs shop\/app\/db {2}following ─+$/);
    expect(lines.slice(11, 13)).toEqual(['one', 'two']);
  });

  test('has them side by side where there is room', () => {
    const lines = screenOf(logged(sized(160, 24), 'one'));
    expect(lines[1]).toMatch(/^NAME.*── logs shop {2}following/);
    expect(lines[2]).toMatch(/^>▾ shop .* one$/);
  });

  test('that is too small says what it needs', () => {
    expect(screenOf(sized(59, 24))).toEqual(['60x16 needed, 59x24 here']);
    expect(screenOf(sized(10, 3))).toEqual(['60x16 need']);
  });

  test('shows a filter as it is typed, a question, and the last notice', () => {
    expect(screenOf(type(aView(), '/sid').state).at(-2)).toBe('filter: sid▏');
    expect(screenOf(type(aView(), 'jjs').state).at(-2)).toBe('stop pod/shop/app/db? [y/n]');
    const notice = { text: 'restarting\npod/shop \u001b[2J', tone: 'plain' } as const;
    expect(screenOf(afterEvents(aView(), { kind: 'noticed', notice })).at(-2)).toBe('restarting  pod/shop');
  });

  test('says that podd is away', () => {
    expect(screenOf(afterEvents(aView(), { kind: 'lost', why: '' }))[0]).toMatch(/podd does not answer, reconnecting$/);
  });

  test('says what to do when there is nothing to see', () => {
    const empty = afterEvents(aView(), { kind: 'read', groups: [], atMs: 9000, nowMs: 1 });
    expect(screenOf(empty)[2]).toMatch(/podctl apply -f FILE/);
    expect(screenOf(type(aView(), '/zzz').state)[2]).toMatch(/no pods here/);
  });

  test('shows panels over tree and log, nothing of them cut', () => {
    const text = `${'a'.repeat(100)}\nsecond`;
    const lines = screenOf(afterEvents(aView(), { kind: 'panel', panel: 'why', title: 'why web', text }));
    expect(lines[1]).toMatch(/^── why web ─+$/);
    expect(lines.slice(2, 5)).toEqual(['a'.repeat(80), 'a'.repeat(20), 'second']);
    expect(lines).toHaveLength(24);
  });

  test('uses no character beyond ASCII where the locale has none', () => {
    const state = { ...aView(), look: { utf8: false, colour: false } };
    for (const shown of [state, type(state, '?').state, type(state, '/x').state, logged(state, 'naïve')])
      for (const line of screenOf(shown)) expect(line).toMatch(/^[ -~]*$/);
  });

  test('a log is moved sideways while it has the screen', () => {
    const zoomed = press(logged(aView(), `${'0123456789'.repeat(12)}end`), 'enter');
    expect(screenOf(zoomed)[2]).toBe('0123456789'.repeat(8));
    const moved = press(zoomed, 'right', 'right', 'right');
    expect(screenOf(moved)[2]).toBe(`${'0123456789'.repeat(6)}end`);
    expect(screenOf(press(moved, 'left', 'left', 'left', 'left'))[2]).toBe('0123456789'.repeat(8));
  });
});
