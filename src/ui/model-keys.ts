/** What each key does. */
import { helpText } from './help-text.ts';
import type { UiCommand, UiState, UiStep } from './model.ts';
import { formatRow } from './model.ts';
import { scrollLog, toggleFollow } from './model-logs.ts';
import { namespacesOf, type TreeRow, visibleRows } from './model-tree.ts';
import type { Key } from './parse-keys.ts';
import { planLayout } from './view-layout.ts';
import { panelHeight, panelLines } from './view-screen.ts';

/** The step that a key is. */
export function pressKey(state: UiState, key: Key): UiStep {
  if (key.name === 'ctrl-c') return { state, commands: [{ kind: 'quit' }] };
  if (key.name === 'ctrl-l') return { state, commands: [{ kind: 'redraw' }] };
  const quiet = state.showsNotice ? { ...state, showsNotice: false } : state;
  switch (state.mode.kind) {
    case 'filter':
      return only(typeFilter(quiet, key, state.mode.before));
    case 'confirm':
      return confirm(quiet, key, state.mode.command);
    case 'panel':
      return only(keyInPanel(quiet, key, state.mode));
    case 'browse':
      return browse(quiet, key);
  }
}

const only = (state: UiState): UiStep => ({ state, commands: [] });
const charOf = (key: Key): string => (key.name === 'char' ? key.char : '');

function typeFilter(state: UiState, key: Key, before: string): UiState {
  const done: UiState = { ...state, mode: { kind: 'browse' } };
  switch (key.name) {
    case 'enter':
      return done;
    case 'escape':
      return { ...done, filter: before };
    case 'backspace':
      return { ...state, filter: [...state.filter].slice(0, -1).join('') };
    case 'ctrl-u':
      return { ...state, filter: '' };
    default:
      return { ...state, filter: state.filter + charOf(key) };
  }
}

function confirm(state: UiState, key: Key, command: UiCommand): UiStep {
  const answered: UiState = { ...state, mode: { kind: 'browse' } };
  if (/^[yY]$/.test(charOf(key))) return { state: answered, commands: [command] };
  return only(/^[nNq]$/.test(charOf(key)) || key.name === 'escape' ? answered : state);
}

type Panel = Extract<UiState['mode'], { readonly kind: 'panel' }>;

function keyInPanel(state: UiState, key: Key, panel: Panel): UiState {
  const layout = planLayout(state.size, { rows: 0, isZoomed: false });
  const closes = key.name === 'escape' || key.name === 'left' || key.name === 'enter' || /^[q?]$/.test(charOf(key));
  if (closes || layout === undefined) return { ...state, mode: { kind: 'browse' } };
  const height = panelHeight(layout.screen.rows);
  const text = panel.panel === 'messages' ? state.notices.map((notice) => notice.text).join('\n') : panel.text;
  const lowest = Math.max(0, panelLines(text, layout.screen.columns, state.look).length - height);
  const moved = Math.min(lowest, panel.top) + scrollOf(key, height);
  return { ...state, mode: { ...panel, top: Math.min(lowest, Math.max(0, moved)) } };
}

/** Lines that a key scrolls by; more than there are for the ends. */
function scrollOf(key: Key, height: number): number {
  const page = Math.max(1, height - 1);
  const byName: Partial<Record<Key['name'], number>> = {
    ...{ up: -1, down: 1, 'page-up': -page, 'page-down': page, home: -Infinity, end: Infinity },
  };
  const byChar: Readonly<Record<string, number>> = { k: -1, j: 1, g: -Infinity, G: Infinity, ' ': page, b: -page };
  return byName[key.name] ?? byChar[charOf(key)] ?? 0;
}

function browse(state: UiState, key: Key): UiStep {
  const rows = visibleRows(state);
  const row = rows.find((one) => one.key === state.selected);
  const view = viewKey(state, key) ?? (state.isZoomed ? zoomedKey(state, key) : treeKey(state, key, rows));
  if (view !== undefined) return view;
  return row === undefined ? only(state) : actionKey(state, charOf(key), row);
}

/** Keys that mean the same whatever is selected. */
function viewKey(state: UiState, key: Key): UiStep | undefined {
  const height = logHeight(state);
  switch (key.name === 'char' ? key.char : key.name) {
    case 'page-up':
    case 'page-down':
      return only({ ...state, log: scrollLog(state.log, scrollOf(key, height), height) });
    case 'f':
      return only({ ...state, log: toggleFollow(state.log, height) });
    case '/':
      return only({ ...state, mode: { kind: 'filter', before: state.filter } });
    case 'n':
      return only({ ...state, namespace: nextNamespace(state) });
    case '?':
      return only({ ...state, mode: { kind: 'panel', panel: 'help', title: 'help', text: helpText, top: 0 } });
    case 'm':
      return only({ ...state, mode: { kind: 'panel', panel: 'messages', title: 'messages', text: '', top: 0 } });
    default:
      return undefined;
  }
}

function logHeight(state: UiState): number {
  const rows = visibleRows(state).length;
  return planLayout(state.size, { rows, isZoomed: state.isZoomed })?.log.rows ?? 1;
}

/** All, then each one, then all again. */
function nextNamespace(state: UiState): string | undefined {
  const names = namespacesOf(state);
  return state.namespace === undefined ? names[0] : names[names.indexOf(state.namespace) + 1];
}

/** Columns that the log moves sideways by. */
const sideways = 20;

function zoomedKey(state: UiState, key: Key): UiStep | undefined {
  const { log } = state;
  const height = logHeight(state);
  if (key.name === 'escape' || key.name === 'enter' || charOf(key) === 'q') return only({ ...state, isZoomed: false });
  if (key.name === 'left') return only({ ...state, log: { ...log, shift: Math.max(0, log.shift - sideways) } });
  if (key.name === 'right') return only({ ...state, log: { ...log, shift: log.shift + sideways } });
  const lines = scrollOf(key, height);
  return lines === 0 ? undefined : only({ ...state, log: scrollLog(log, lines, height) });
}

function treeKey(state: UiState, key: Key, rows: readonly TreeRow[]): UiStep | undefined {
  const index = rows.findIndex((row) => row.key === state.selected);
  const row = rows[index];
  switch (key.name === 'char' ? key.char : key.name) {
    case 'q':
      return { state, commands: [{ kind: 'quit' }] };
    case 'escape':
      return only(state.filter === '' ? state : { ...state, filter: '' });
    case 'enter':
      return only(row === undefined ? state : { ...state, isZoomed: true });
    case 'left':
    case 'h':
      return only(foldOrLeave(state, row));
    case 'right':
      return only(row?.fold === 'closed' ? setFold(state, row.key, false) : state);
    default:
      return moveSelection(state, key, index, rows);
  }
}

function moveSelection(state: UiState, key: Key, index: number, rows: readonly TreeRow[]): UiStep | undefined {
  const page = key.name === 'char' && key.char === ' ';
  const by = page ? 0 : scrollOf(key, 1);
  if (by === 0) return undefined;
  const next = rows[Math.max(0, Math.min(rows.length - 1, index + by))];
  return only(next === undefined ? state : { ...state, selected: next.key });
}

/** Folds what can be; else goes to the row above that it belongs to. */
function foldOrLeave(state: UiState, row: TreeRow | undefined): UiState {
  if (row === undefined) return state;
  if (row.fold === 'open') return setFold(state, row.key, true);
  return row.depth === 0 ? state : { ...state, selected: row.key.slice(0, row.key.lastIndexOf('/')) };
}

function setFold(state: UiState, key: string, isFolded: boolean): UiState {
  const collapsed = new Set(state.collapsed);
  if (isFolded) collapsed.add(key);
  else collapsed.delete(key);
  return { ...state, collapsed };
}

/** Keys that act on the selected row. */
function actionKey(state: UiState, char: string, { target, state: word }: TreeRow): UiStep {
  const run = (command: UiCommand): UiStep => ({ state, commands: [command] });
  switch (char) {
    case 'r':
      return run({ kind: 'control', verb: 'restart', target });
    case 'l':
      return run({ kind: 'control', verb: 'reload', target });
    case 'p':
      return run({ kind: 'control', verb: word.toLowerCase() === 'paused' ? 'resume' : 'pause', target });
    case 's':
      if (isAtRest(word)) return run({ kind: 'control', verb: 'start', target });
      return ask(state, `stop ${formatRow(target)}?`, { kind: 'control', verb: 'stop', target });
    case 'D':
      return ask(state, `delete pod/${target.pod}?`, { kind: 'delete', target });
    case 'x':
    case '!':
      return run({ kind: 'shell', target });
    case 'd':
      return run({ kind: 'ask', panel: 'describe', target });
    case 'y':
      return run({ kind: 'ask', panel: 'why', target });
    case 'e':
      return run({ kind: 'ask', panel: 'events', target });
    default:
      return only(state);
  }
}

function ask(state: UiState, question: string, command: UiCommand): UiStep {
  return only({ ...state, mode: { kind: 'confirm', question, command } });
}

/** The states of pods, containers and programs out of which `s` starts them. */
const isAtRest = (word: string): boolean =>
  /^(Stopped|STOPPED|EXITED|FATAL|Completed|Error|Succeeded|Failed)$/.test(word);
