/** All that is on the screen, as lines for each of its places. */

import type { Look, Mode, UiState } from './model.ts';
import { linesBelow, shownLines } from './model-logs.ts';
import { countPods, type TreeRow, visibleRows } from './model-tree.ts';
import { type Layout, planLayout, smallestSize } from './view-layout.ts';
import { cleanLine, clipText, fitText, paint, textWidth, wrapText } from './view-text.ts';
import { treeLines } from './view-tree.ts';

export interface Screen {
  readonly layout: Layout;
  readonly header: readonly string[];
  readonly tree: readonly string[];
  readonly logTitle: readonly string[];
  readonly log: readonly string[];
  /** a panel over tree and log: its title and lines; absent: none */
  readonly panel?: { readonly title: readonly string[]; readonly lines: readonly string[] };
  readonly footer: readonly string[];
}

/** A hint instead of a screen where the terminal is too small. */
export function viewScreen(state: UiState): Screen | string {
  const rows = visibleRows(state);
  const layout = planLayout(state.size, { rows: rows.length, isZoomed: state.isZoomed });
  if (layout === undefined) return tooSmall(state);
  const { look, selected, machineBytes } = state;
  const selectedRow = rows.find(({ key }) => key === selected);
  return {
    layout,
    header: [headerLine(state, layout.screen.columns)],
    tree: rows.length === 0 ? emptyTree(state, layout) : treeLines({ rows, selected, look, machineBytes }, layout.tree),
    logTitle: [titleLine(logTitle(state, selectedRow, layout), layout.log.columns, look)],
    log: logLines(state, layout),
    ...viewPanel(state, layout),
    footer: [messageLine(state, layout.screen.columns), hintLine(state, selectedRow, layout.screen.columns)],
  };
}

function tooSmall({ size }: UiState): string {
  const { columns, rows } = smallestSize;
  return `${columns}x${rows} needed, ${size.columns}x${size.rows} here`.slice(0, size.columns);
}

function headerLine(state: UiState, width: number): string {
  const { system, look, namespace, filter, connection } = state;
  const count = countPods(state);
  const problems = count.bad + (system?.problems.length ?? 0);
  const parts = [
    paint('podctl', 'bold', look),
    ...(system === undefined ? [] : [`${system.run}  podd ${system.version}`]),
    `${count.pods} ${count.pods === 1 ? 'pod' : 'pods'}, ${count.running} running`,
    ...(problems === 0 ? [] : [paint(`${problems} ${problems === 1 ? 'problem' : 'problems'}`, 'bad', look)]),
    ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
    ...(filter === '' ? [] : [`filter ${filter}`]),
    ...(connection === 'lost' ? [paint('podd does not answer, reconnecting', 'bad', look)] : []),
  ];
  // What matters most stands last; when not all fits, podd's own particulars go first.
  const shown =
    textWidth(cleanLine(parts.join('  '), { ...look, colour: false })) > width && system !== undefined
      ? parts.toSpliced(1, 1)
      : parts;
  return clipText(cleanLine(shown.join('  '), look), width);
}

function emptyTree({ connection, filter, namespace }: UiState, { tree }: Layout): readonly string[] {
  if (tree.rows === 0) return [];
  const narrowed = filter !== '' || namespace !== undefined;
  const words = {
    connecting: 'asking podd …',
    lost: '',
    up: narrowed ? 'no pods here: / and n widen the view' : 'no pods: podctl apply -f FILE makes some',
  };
  return ['', `  ${words[connection]}`].slice(0, tree.rows);
}

function logTitle({ log, isZoomed }: UiState, row: TreeRow | undefined, { log: area }: Layout): string {
  if (row === undefined) return 'logs';
  const below = linesBelow(log, area.rows);
  const place = log.top === undefined ? 'following' : `${below} ${below === 1 ? 'line' : 'lines'} below, f follows`;
  return `logs ${row.key.replace(/^default\//, '')}  ${place}${isZoomed && log.shift > 0 ? `  from column ${log.shift + 1}` : ''}`;
}

function titleLine(title: string, width: number, look: Look): string {
  const rule = look.utf8 ? '─' : '-';
  const text = clipText(`${rule}${rule} ${title} `, width);
  return paint(text + rule.repeat(Math.max(0, width - textWidth(text))), 'quiet', look);
}

function logLines({ log, look, isZoomed }: UiState, { log: area }: Layout): readonly string[] {
  const shift = isZoomed ? log.shift : 0;
  return shownLines(log, area.rows).map((line) => clipText(cleanLine(line, look), area.columns, shift));
}

function viewPanel({ mode, look, notices }: UiState, { screen }: Layout): Pick<Screen, 'panel'> {
  if (mode.kind !== 'panel') return {};
  const lines = panelLines(
    mode.panel === 'messages' ? notices.map(({ text }) => text).join('\n') : mode.text,
    screen.columns,
    look,
  );
  const height = panelHeight(screen.rows);
  const top = Math.min(mode.top, Math.max(0, lines.length - height));
  const more = lines.length > height ? `  ${top + 1}-${Math.min(lines.length, top + height)} of ${lines.length}` : '';
  return {
    panel: { title: [titleLine(`${mode.title}${more}`, screen.columns, look)], lines: lines.slice(top, top + height) },
  };
}

/** Lines of a panel's text, wrapped: nothing of it is cut. */
export function panelLines(text: string, columns: number, look: Look): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => wrapText(cleanLine(line, { ...look, colour: false }), columns));
}

/** Rows of a panel on a screen of so many: all but header, title and footer. */
export const panelHeight = (screenRows: number): number => screenRows - 4;

function messageLine(state: UiState, width: number): string {
  const { mode, look, filter, notices, showsNotice } = state;
  const caret = look.utf8 ? '▏' : '_';
  if (mode.kind === 'filter') return clipText(cleanLine(`filter: ${filter}${caret}`, look), width);
  if (mode.kind === 'confirm') return clipText(paint(`${mode.question} [y/n]`, 'bold', look), width);
  const notice = notices.at(-1);
  if (notice === undefined || !showsNotice) return '';
  const text = cleanLine(notice.text.replaceAll('\n', '  '), { ...look, colour: false });
  return paint(fitText(text, Math.min(width, textWidth(text)), look), notice.tone, look);
}

function hintLine({ mode, isZoomed, look }: UiState, row: TreeRow | undefined, width: number): string {
  const line = hintsOf(mode, { isZoomed, look, row }).reduce((shown, hint) => {
    const longer = shown === '' ? hint : `${shown}  ${hint}`;
    return textWidth(longer) <= width ? longer : shown;
  }, '');
  return paint(line, 'quiet', look);
}

interface HintContext {
  readonly isZoomed: boolean;
  readonly look: Look;
  readonly row: TreeRow | undefined;
}

/** The most useful first; those that do not fit are left out (`?` shows all). */
function hintsOf(mode: Mode, { isZoomed, look, row }: HintContext): readonly string[] {
  switch (mode.kind) {
    case 'filter':
      return ['Enter keep', 'Esc undo'];
    case 'confirm':
      return ['y yes', 'n no'];
    case 'panel':
      return [look.utf8 ? '↑↓ PgUp PgDn scroll' : 'PgUp PgDn scroll', 'Esc back'];
    case 'browse':
      return browseHints(isZoomed, row);
  }
}

function browseHints(isZoomed: boolean, row: TreeRow | undefined): readonly string[] {
  if (isZoomed) return ['? help', 'Esc back', 'f follow', 'PgUp PgDn scroll', 'r restart', 's stop', 'x shell'];
  const actions =
    row === undefined ? [] : ['Enter logs', 'r restart', 's stop', 'x shell', 'd describe', 'y why', 'e events'];
  return ['? help', 'q quit', ...actions, '/ filter', 'n namespace'];
}
