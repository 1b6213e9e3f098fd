/** Builders of the view's states: a pod with a container of three programs, and a pod of a plain container. */
import { stripVTControlCharacters } from 'node:util';
import type { Look, UiCommand, UiEvent, UiState, UiStep } from '../../../src/ui/model.ts';
import { visibleRows } from '../../../src/ui/model-tree.ts';
import { initialState, update } from '../../../src/ui/model-update.ts';
import { parseKeys } from '../../../src/ui/parse-keys.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { aPod, now } from '../cli/pod-builder.ts';

export const plainLook: Look = { utf8: true, colour: false };

export const shop = [
  aGroup(
    [
      aProgram('db'),
      aProgram('worker', { hasInstances: true }),
      aProgram('worker:1', { state: 'FATAL', ready: false, message: 'exited with 1' }),
    ],
    { pod: 'shop' },
  ),
  aGroup([aProgram('main', { essential: true })], { pod: 'shop', container: 'side' }),
];
export const other = aGroup([aProgram('main', { essential: true })], { namespace: 'prod', pod: 'db' });

const pods = [aPod({ name: 'shop' }), aPod({ name: 'db', metadata: { namespace: 'prod' } })];
const system = {
  ...{ version: '0.1.0', pid: 1, zygotePid: 2, startedAt: '', root: '/var/lib/podctl', run: '/run/podctl' },
  ...{
    cgroupLayout: 'v2' as const,
    cgroupParent: '/',
    pods: 2,
    containersRunning: 3,
    network: { mode: 'off' as const, podRanges: [], serviceRanges: [], addresses: 0 },
    problems: [],
  },
};

/** Connected, everything read, the first row selected. */
export function aView(more: Partial<UiState> = {}): UiState {
  const size = { columns: 80, rows: 24 };
  const start = initialState({ look: plainLook, size, machineBytes: 1 << 30, nowMs: now });
  const seen = afterEvents(
    start,
    { kind: 'connected', system },
    { kind: 'pods', pods },
    { kind: 'read', groups: [...shop, other], atMs: 1000, nowMs: now },
  );
  return { ...seen, ...more };
}

export const afterEvents = (state: UiState, ...events: readonly UiEvent[]): UiState =>
  events.reduce((next, event) => update(next, event).state, state);

/** The state after typing this, and all that was asked for meanwhile. */
export function type(start: UiState, text: string): UiStep {
  const commands: UiCommand[] = [];
  let state = start;
  for (const key of parseKeys(text).keys) {
    const step = update(state, { kind: 'key', key });
    state = step.state;
    commands.push(...step.commands);
  }
  return { state, commands };
}

export const press = (
  state: UiState,
  ...names: readonly ('escape' | 'left' | 'right' | 'enter' | 'backspace')[]
): UiState => names.reduce((next, name) => update(next, { kind: 'key', key: { name } }).state, state);

/** What is seen of the tree, the selected row behind a `>`. */
export const treeOf = (state: UiState): readonly string[] =>
  visibleRows(state).map(
    ({ key, fold }) => `${key === state.selected ? '> ' : ''}${key}${fold === 'closed' ? ' …' : ''}`,
  );

export const plain = (lines: readonly string[]): readonly string[] => lines.map(stripVTControlCharacters);
