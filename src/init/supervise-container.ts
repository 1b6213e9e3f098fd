/** The container around the programs: its beginning, its stop, its end. */
import type { SuperviseEvent } from './machine.ts';
import { waitsInVain } from './supervise-dependencies.ts';
import { hasProcess, isLive, isRemoved, type Phase, type Program, type ProgramIn } from './supervise-machine.ts';
import { resumeContainer } from './supervise-pause.ts';
import { unplan, wantAsPlanned } from './supervise-schedule.ts';
import { settle } from './supervise-settle.ts';
import { cancelStart, leave, stopLeftovers, toStopped } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

const SIGTERM = 15;
const windDownWhy = 'stopped with the container';

export function begin(turn: Turn): void {
  turn.phase = 'running';
  for (const { plan } of turn.programs) if (plan.autostart) wantAsPlanned(turn, plan.name, 'the container starts');
}

type StopRequested = SuperviseEvent & { readonly type: 'stopRequested' };

/** Everything stops in reverse dependency order, by its own rules, and is killed when the container's grace is over. */
export function stopContainer(turn: Turn, { graceMs }: StopRequested): void {
  turn.phase = 'stopping';
  turn.emit({ effect: 'armGrace', ms: graceMs }, { effect: 'signalOthers', signal: SIGTERM });
  windDown(turn);
  for (const program of turn.programs) stopLeftovers(turn, program);
}

/** A second stop can only shorten the first one's grace. */
export function shortenGrace(turn: Turn, { graceMs }: StopRequested): void {
  turn.emit({ effect: 'armGrace', ms: graceMs });
}

export function killEverything(turn: Turn): void {
  turn.isKilling = true;
  turn.emit({ effect: 'killAll' });
}

/** PID 1 has no child left, or had none before the answer to a spawn that is yet to come. */
export function noteChildless(turn: Turn): void {
  turn.isChildless = true;
}

/** What an event means for the neighbours of the program it moved, and for the container; after every event. */
export function conclude(turn: Turn): void {
  endIfDue(turn); // first: nobody starts because the essential program has completed
  settle(turn);
  if (turn.phase === 'running' && turn.hasEnded) endWhenIdle(turn);
  endIfDue(turn);
  settle(turn);
  if (turn.phase === 'ending' && !turn.isKilling && !turn.programs.some(isLive)) killEverything(turn);
  if (turn.isChildless && !turn.programs.some(hasProcess)) finish(turn);
}

/** Nothing is left that could end. */
function finish(turn: Turn): void {
  turn.phase = 'ended';
  turn.end ??= { exitCode: 0, reason: 'Completed' };
  turn.emit({ effect: 'finish', end: turn.end });
}

function endIfDue(turn: Turn): void {
  if (turn.phase !== 'running' || turn.end === undefined) return;
  turn.phase = 'ending';
  windDown(turn);
}

/** No program starts any more; those that live stop. */
function windDown(turn: Turn): void {
  resumeContainer(turn, 'the container ends');
  for (const program of turn.programs) {
    if (program.life.state !== 'STOPPED') unplan(turn, program);
    if (!isRemoved(program)) stopForGood(turn, program);
  }
}

function stopForGood(turn: Turn, program: Program): void {
  const { life, plan } = program;
  if (life.state === 'WAITING' || life.state === 'BACKOFF') {
    cancelStart(turn, program);
    toStopped(turn, plan.name, windDownWhy);
  } else if (life.state === 'STOPPING') {
    turn.patch(plan.name, { life: { ...life, order: { after: 'stopped', why: life.order.why } } });
  } else if (canLeave(program)) {
    leave(turn, program, { after: 'stopped', why: program.life.leaving?.why ?? windDownWhy });
  }
}

const canLeave = (program: Program): program is ProgramIn<'STARTING' | 'RUNNING'> =>
  program.life.state === 'STARTING' || program.life.state === 'RUNNING';

/**
 * Nothing runs and nothing will run by itself: all have ended for good, or wait for one that has. Programs that a user stopped keep the
 * container, as do schedules; those that never start by themselves (autostart: false) do not, unless there is nothing else.
 * It ends as the first program that failed, else with 0.
 */
function endWhenIdle(turn: Turn): void {
  const known = new Map<string, boolean>();
  const isIdle = turn.programs.every((program) => isOver(turn, program, known));
  if (!isIdle || !turn.programs.some(hasEnded)) return;
  const [first] = turn.programs.filter(hasFailed).sort((a, b) => a.life.endedMs - b.life.endedMs);
  if (first === undefined) {
    turn.end = { exitCode: 0, reason: 'Completed' };
    return;
  }
  const { end } = first.life;
  const hasRun = turn.programs.some(({ starts }) => starts > 0);
  const message = `${end.message ?? `program ${first.plan.label} failed`}; nothing else runs or will run`;
  turn.end = { ...end, reason: end.reason === 'ContainerCannotRun' && hasRun ? 'Error' : end.reason, message };
}

type Ended = ProgramIn<'EXITED'> | ProgramIn<'FATAL'>;

const hasEnded = (program: Program): program is Ended =>
  program.life.state === 'EXITED' || program.life.state === 'FATAL';

const hasFailed = (program: Program): program is Ended =>
  program.life.state === 'FATAL' || (program.life.state === 'EXITED' && !program.life.isExpected);

function isOver(turn: Turn, program: Program, known: Map<string, boolean>): boolean {
  const { life, dueAt } = program;
  if (hasEnded(program)) return dueAt === undefined;
  if (life.state === 'STOPPED') return !life.byRequest;
  return waitsInVain(turn, program, known);
}

/** Whether the container is yet to be wound down, and what its phase is called for people. */
export const phaseWords: Readonly<Record<Phase, string>> = {
  setup: 'is being set up',
  running: 'runs',
  stopping: 'is being stopped',
  ending: 'is ending',
  ended: 'has ended',
};
