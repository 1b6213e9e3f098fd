/**
 * What happens to one program: state × event → transition. The compiler proves that no cell is missing.
 *
 *              wanted, due                 start is over, ready
 *   STOPPED ───────────────▶ WAITING ──▶ STARTING ──────▶ RUNNING
 *      ▲       nothing in the way ▲         │ exit           │ exit
 *      │                          │         ▼                ▼
 *      │                          ├────── BACKOFF ◀── restart policy ──▶ EXITED, FATAL
 *      │ nothing is left          │                          ▲            (started, due or updated: WAITING)
 *   STOPPING ◀── stop, restart, removal, liveness ───────────┘
 *                (from STARTING and RUNNING; what follows is in its order: rest, start, be forgotten, be judged)
 */
import type { ProgramStateName, ProgramVerb } from '../protocol/init.ts';
import type { ProbeKind, SuperviseEvent, Timer } from './machine.ts';
import { backoffIsOver, endedAlone, spawnFailed } from './supervise-end.ts';
import type { Program, ProgramIn } from './supervise-machine.ts';
import { noteFrozen, pauseEnded, pauseProgram, resumeProgram } from './supervise-pause.ts';
import {
  reload,
  reloadEnded,
  restartLive,
  signal,
  startAtRest,
  startLive,
  startStopping,
  startWaiting,
  stopEnded,
  stopLive,
  stopPending,
  stopStopping,
} from './supervise-request.ts';
import { dueAtRest, dueWhileLive, dueWhileStopping, planned } from './supervise-schedule.ts';
import { readiness, readinessWhileStarting, spawned, spawnedUncalled, startIsOver } from './supervise-start.ts';
import {
  clearedWhileStopping,
  exitedWhileLeaving,
  exitedWhileStopping,
  graceIsOver,
  leftoversGraceIsOver,
  notSpawnedWhileStopping,
  spawnedTooLate,
  stopCommandEnded,
  stopNow,
} from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

type TypeOf<E> = E extends { readonly type: infer T } ? T : never;
type PlainEvent = Exclude<Extract<SuperviseEvent, { readonly program: string }>, { readonly type: 'timer' | 'probed' }>;

/** The columns: what can happen to a program. */
export type ProgramEventType = TypeOf<PlainEvent> | `timer ${Timer}` | `probed ${ProbeKind}` | ProgramVerb;

type EventOf<T extends ProgramEventType> = T extends ProgramVerb
  ? Extract<SuperviseEvent, { readonly type: 'requested' }>
  : T extends `timer ${Timer}`
    ? Extract<SuperviseEvent, { readonly type: 'timer' }>
    : T extends `probed ${ProbeKind}`
      ? Extract<SuperviseEvent, { readonly type: 'probed' }>
      : Extract<SuperviseEvent, { readonly type: T }>;

type Transition<S extends ProgramStateName, T extends ProgramEventType> = (
  turn: Turn,
  program: ProgramIn<S>,
  event: EventOf<T>,
) => void;

type Table = { readonly [S in ProgramStateName]: { readonly [T in ProgramEventType]: Transition<S, T> } };

/** The event of that column happens to this program; an exit that is not of its process does not. */
export function happen<T extends ProgramEventType>(turn: Turn, program: Program, type: T, event: EventOf<T>): void {
  const transition = table[program.life.state][type] as Transition<ProgramStateName, T>;
  transition(turn, program, event);
}

/** It means nothing here. */
const nothing = (): void => undefined;

/** The last run's leftovers are gone, or the late answer to an earlier question came. */
function leafCleared(turn: Turn, { plan: { name }, leaf }: Program): void {
  if (leaf === 'clearing') turn.patch(name, { leaf: 'empty' });
}

type Live = ProgramIn<'STARTING' | 'RUNNING'>;

function exited(turn: Turn, program: Live, event: EventOf<'exited'>): void {
  const { leaving, run } = program.life;
  if (run?.pid !== event.pid) return;
  if (leaving === undefined) endedAlone(turn, program, event);
  else exitedWhileLeaving(turn, program, leaving, event);
}

function exitedStopping(turn: Turn, program: ProgramIn<'STOPPING'>, event: EventOf<'exited'>): void {
  if (program.life.run?.pid === event.pid) exitedWhileStopping(turn, program, event);
}

function notSpawned(turn: Turn, program: ProgramIn<'STARTING'>, event: EventOf<'spawnFailed'>): void {
  if (program.life.run !== undefined) return;
  if (program.life.leaving === undefined) spawnFailed(turn, program, event);
  else notSpawnedWhileStopping(turn, program, event);
}

/** It is stopped as by request, and judged by its restart policy as a failure. */
function liveness(turn: Turn, program: Live, event: EventOf<'probed liveness'>): void {
  if (event.ok || program.life.run === undefined || program.life.leaving !== undefined) return;
  const why = `liveness probe failed: ${event.message}`;
  turn.note('Warning', 'ProgramUnhealthy', `Program ${program.plan.label} is stopped: ${why}`);
  stopNow(turn, program, { after: 'judge', why });
}

const resume = (turn: Turn, program: Program): void => resumeProgram(turn, program);

const table = {
  STOPPED: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited: nothing,
    cleared: leafCleared,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': leftoversGraceIsOver,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned: nothing,
    due: nothing,
    commandEnded: nothing,
    frozen: noteFrozen,
    start: startAtRest,
    stop: nothing,
    restart: startAtRest,
    reload: nothing,
    signal: nothing,
    pause: nothing,
    resume,
  },
  WAITING: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited: nothing,
    cleared: leafCleared,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': nothing,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned,
    due: dueAtRest,
    commandEnded: nothing,
    frozen: noteFrozen,
    start: startWaiting,
    stop: stopPending,
    restart: startWaiting,
    reload: nothing,
    signal: nothing,
    pause: pauseProgram,
    resume,
  },
  STARTING: {
    spawned,
    spawnFailed: notSpawned,
    exited,
    cleared: nothing,
    'timer start': startIsOver,
    'timer backoff': nothing,
    'timer grace': nothing,
    'probed readiness': readinessWhileStarting,
    'probed liveness': liveness,
    planned,
    due: dueWhileLive,
    commandEnded: reloadEnded,
    frozen: noteFrozen,
    start: startLive,
    stop: stopLive,
    restart: restartLive,
    reload,
    signal,
    pause: pauseProgram,
    resume,
  },
  RUNNING: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited,
    cleared: nothing,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': nothing,
    'probed readiness': readiness,
    'probed liveness': liveness,
    planned,
    due: dueWhileLive,
    commandEnded: reloadEnded,
    frozen: noteFrozen,
    start: startLive,
    stop: stopLive,
    restart: restartLive,
    reload,
    signal,
    pause: pauseProgram,
    resume,
  },
  BACKOFF: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited: nothing,
    cleared: leafCleared,
    'timer start': nothing,
    'timer backoff': backoffIsOver,
    'timer grace': nothing,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned,
    due: dueAtRest,
    commandEnded: nothing,
    frozen: noteFrozen,
    start: startAtRest,
    stop: stopPending,
    restart: startAtRest,
    reload: nothing,
    signal: nothing,
    pause: pauseProgram,
    resume,
  },
  STOPPING: {
    spawned: spawnedTooLate,
    spawnFailed: notSpawnedWhileStopping,
    exited: exitedStopping,
    cleared: clearedWhileStopping,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': graceIsOver,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned,
    due: dueWhileStopping,
    commandEnded: stopCommandEnded,
    frozen: noteFrozen,
    start: startStopping,
    stop: stopStopping,
    restart: startStopping,
    reload: nothing,
    signal,
    pause: nothing,
    resume,
  },
  EXITED: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited: nothing,
    cleared: leafCleared,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': leftoversGraceIsOver,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned,
    due: dueAtRest,
    commandEnded: nothing,
    frozen: noteFrozen,
    start: startAtRest,
    stop: stopEnded,
    restart: startAtRest,
    reload: nothing,
    signal: nothing,
    pause: pauseEnded,
    resume,
  },
  FATAL: {
    spawned: spawnedUncalled,
    spawnFailed: nothing,
    exited: nothing,
    cleared: leafCleared,
    'timer start': nothing,
    'timer backoff': nothing,
    'timer grace': leftoversGraceIsOver,
    'probed readiness': nothing,
    'probed liveness': nothing,
    planned,
    due: dueAtRest,
    commandEnded: nothing,
    frozen: noteFrozen,
    start: startAtRest,
    stop: stopEnded,
    restart: startAtRest,
    reload: nothing,
    signal: nothing,
    pause: pauseEnded,
    resume,
  },
} as const satisfies Table;
