/**
 * The terminal view's words: what it knows (UiState), what happens to it (UiEvent), what it wants done (UiCommand).
 *
 *   keys, pods, programs, log lines ──UiEvent──▶ update (model-update.ts) ──▶ UiState ──▶ screen (view-*.ts)
 *                                                     └──▶ UiCommand ──▶ perform-command.ts
 */
import type { Tone } from '../cli/ps-rows.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type { ProgramGroup, SystemStatus } from '../protocol/api.ts';
import type { ProgramVerb } from '../protocol/init.ts';
import type { PodObject, WatchEvent } from '../protocol/objects.ts';
import type { Figures } from './model-figures.ts';
import type { LogView } from './model-logs.ts';
import type { Key } from './parse-keys.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the terminal can show. */
export interface Look {
  readonly utf8: boolean;
  readonly colour: boolean;
}

/** What a row of the tree stands for: a pod, a container of it, or a program of that. */
export interface RowTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly program?: ProgramRef;
}

/** A line for the user, such as the outcome of a request. */
export interface Notice {
  readonly text: string;
  readonly tone: Tone;
}

export type PanelKind = 'describe' | 'why' | 'events' | 'help' | 'messages';

/** What keys mean: in the tree or the log as a rule, else in what lies over them. */
export type Mode =
  | { readonly kind: 'browse' }
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'confirm'; readonly question: string; readonly command: UiCommand }
  | {
      readonly kind: 'panel';
      readonly panel: PanelKind;
      readonly title: string;
      readonly text: string;
      readonly top: number;
    };

export interface UiState {
  readonly look: Look;
  readonly size: TerminalSize;
  /** the only pods shown, by `namespace/name`; undefined: all */
  readonly onlyPods: ReadonlySet<string> | undefined;
  /** `connecting` until podd has answered once */
  readonly connection: 'connecting' | 'up' | 'lost';
  /** counts connections: the logs of an earlier one are stale */
  readonly epoch: number;
  readonly system: SystemStatus | undefined;
  /** by `namespace/name` */
  readonly pods: ReadonlyMap<string, PodObject>;
  readonly groups: readonly ProgramGroup[];
  readonly figures: Figures;
  /** total memory of this machine */
  readonly machineBytes: number;
  /** wall clock when programs were read last, ms */
  readonly nowMs: number;
  /** key of the selected row */
  readonly selected: string | undefined;
  readonly collapsed: ReadonlySet<string>;
  readonly filter: string;
  /** the only namespace shown; undefined: all */
  readonly namespace: string | undefined;
  readonly log: LogView;
  /** the log has the whole screen */
  readonly isZoomed: boolean;
  readonly mode: Mode;
  /** newest last; the last one is shown until a key is pressed */
  readonly notices: readonly Notice[];
  readonly showsNotice: boolean;
}

export type UiEvent =
  | { readonly kind: 'resized'; readonly size: TerminalSize }
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'connected'; readonly system: SystemStatus }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'pods'; readonly pods: readonly PodObject[] }
  | { readonly kind: 'pod-changed'; readonly change: WatchEvent<PodObject> }
  /** `atMs` by the monotonic clock, `nowMs` by the wall */
  | { readonly kind: 'read'; readonly groups: readonly ProgramGroup[]; readonly atMs: number; readonly nowMs: number }
  | { readonly kind: 'log-began'; readonly source: string }
  | { readonly kind: 'logged'; readonly source: string; readonly lines: readonly string[] }
  | { readonly kind: 'panel'; readonly panel: PanelKind; readonly title: string; readonly text: string }
  | { readonly kind: 'noticed'; readonly notice: Notice }
  /** show these pods only, by `namespace/name` */
  | { readonly kind: 'scoped'; readonly pods: readonly string[] };

/** What is told to the view from outside. */
export type UiNews = Extract<UiEvent, { readonly kind: 'noticed' | 'scoped' }>;

export type UiCommand =
  | { readonly kind: 'control'; readonly verb: ProgramVerb; readonly target: RowTarget }
  | { readonly kind: 'delete'; readonly target: RowTarget }
  | { readonly kind: 'ask'; readonly panel: 'describe' | 'why' | 'events'; readonly target: RowTarget }
  | { readonly kind: 'shell'; readonly target: RowTarget }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'quit' };

/** State after an event, and what is to be done about it. */
export interface UiStep {
  readonly state: UiState;
  readonly commands: readonly UiCommand[];
}

/** `pod/web/app/worker:1`, as verbs print it. */
export function formatRow({ pod, container, program }: RowTarget): string {
  const label =
    program === undefined
      ? undefined
      : `${program.program}${program.instance === undefined ? '' : `:${program.instance}`}`;
  return ['pod', pod, container, label].filter((part) => part !== undefined).join('/');
}
