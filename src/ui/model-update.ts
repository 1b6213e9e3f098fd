/** The terminal view's machine: pure, total. */
import type { PodObject } from '../protocol/objects.ts';
import { sameJson } from '../util/same-json.ts';
import type { Look, Notice, TerminalSize, UiEvent, UiState, UiStep } from './model.ts';
import { nextFigures, noFigures } from './model-figures.ts';
import { pressKey } from './model-keys.ts';
import { appendLog, noLog } from './model-logs.ts';
import { podKey, visibleRows } from './model-tree.ts';

export interface UiStart {
  readonly look: Look;
  readonly size: TerminalSize;
  readonly namespace?: string | undefined;
  /** by `namespace/name`; absent: all */
  readonly pods?: readonly string[] | undefined;
  readonly machineBytes: number;
  readonly nowMs: number;
}

/** Before podd has been asked. */
export function initialState({ look, size, namespace, pods, machineBytes, nowMs }: UiStart): UiState {
  return {
    ...{ look, size, namespace, machineBytes, nowMs },
    onlyPods: pods === undefined ? undefined : new Set(pods),
    ...{ connection: 'connecting', epoch: 0, system: undefined },
    ...{ pods: new Map(), groups: [], figures: noFigures },
    ...{ selected: undefined, collapsed: new Set(), filter: '' },
    ...{ log: noLog, isZoomed: false, mode: { kind: 'browse' } },
    ...{ notices: [], showsNotice: false },
  };
}

/** The same state, where nothing changed. */
export function update(state: UiState, event: UiEvent): UiStep {
  const step = event.kind === 'key' ? pressKey(state, event.key) : { state: happened(state, event), commands: [] };
  return step.state === state ? step : { ...step, state: keepSelection(step.state, state) };
}

function happened(state: UiState, event: Exclude<UiEvent, { readonly kind: 'key' }>): UiState {
  switch (event.kind) {
    case 'resized':
      return { ...state, size: event.size };
    case 'connected':
      return { ...state, connection: 'up', epoch: state.epoch + 1, system: event.system };
    case 'lost':
      return state.connection === 'lost' ? state : { ...state, connection: 'lost' };
    case 'pods':
      return { ...state, pods: new Map(event.pods.map((pod) => [keyOf(pod), pod])) };
    case 'pod-changed':
      return { ...state, pods: changePods(state.pods, event.change.object, event.change.type === 'DELETED') };
    case 'read': {
      const figures = nextFigures(state.figures, event.groups, event.atMs);
      return { ...state, groups: event.groups, figures, nowMs: event.nowMs };
    }
    case 'log-began':
      return { ...state, log: { ...noLog, source: event.source } };
    case 'logged':
      return event.source === state.log.source ? { ...state, log: appendLog(state.log, event.lines) } : state;
    case 'panel':
      return { ...state, mode: { ...event, kind: 'panel', top: 0 } };
    case 'noticed':
      return addNotice(state, event.notice);
    case 'scoped':
      return sameJson([...(state.onlyPods ?? [])], event.pods) ? state : { ...state, onlyPods: new Set(event.pods) };
  }
}

const keyOf = ({ metadata }: PodObject): string => podKey({ namespace: metadata.namespace, pod: metadata.name });

function changePods(pods: UiState['pods'], pod: PodObject, isGone: boolean): UiState['pods'] {
  const next = new Map(pods);
  if (isGone) next.delete(keyOf(pod));
  else next.set(keyOf(pod), pod);
  return next;
}

const keptNotices = 200;

/** Shown until a key is pressed or another one comes. */
function addNotice(state: UiState, notice: Notice): UiState {
  return { ...state, notices: [...state.notices, notice].slice(-keptNotices), showsNotice: true };
}

/** The selected row stays selected; when it is gone, the one that took its place is, or the nearest. */
function keepSelection(state: UiState, before: UiState): UiState {
  const rows = visibleRows(state);
  if (rows.some(({ key }) => key === state.selected)) return state;
  const { selected } = state;
  const above = rows.findLast(({ key }) => selected?.startsWith(`${key}/`));
  if (above !== undefined) return { ...state, selected: above.key };
  const index = visibleRows(before).findIndex(({ key }) => key === selected);
  const row = rows[Math.min(Math.max(0, index), rows.length - 1)];
  return row?.key === selected ? state : { ...state, selected: row?.key };
}
