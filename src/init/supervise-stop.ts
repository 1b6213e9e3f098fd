/**
 * From running to gone, by request, for a restart, an update, a failed liveness probe, or the container's end:
 *
 *   leaving ──▶ spawning ──▶ command ──▶ signalled ──▶ draining ──▶ what the order says
 *                    (main process gone) ────────────────▲  │
 *                    (grace over) ──────▶ killing ───────────┘
 *
 * `leaving` waits until no dependant that is to stop as well still lives: stops go in reverse dependency order.
 */
import { signalName } from '../util/signal-name.ts';
import type { SuperviseEvent } from './machine.ts';
import { endWatch, exitOf, judge, reasonOf } from './supervise-end.ts';
import {
  isLive,
  type LifeIn,
  leavingOf,
  type Program,
  type ProgramIn,
  ranMsOf,
  type StopOrder,
} from './supervise-machine.ts';
import { clearLeaf, freshCounters, noteSpawned, spawnedUncalled, want } from './supervise-start.ts';
import type { Turn } from './supervise-turn.ts';
import { inWords } from './supervise-words.ts';

/** Until KILL where the program has no grace of its own and the container is not being stopped, which has one. */
const defaultGraceMs = 10_000;

/** It is to stop, once its dependants that are to stop have. */
export function leave(turn: Turn, { plan: { name }, life }: ProgramIn<'STARTING' | 'RUNNING'>, order: StopOrder): void {
  turn.patch(name, { life: { ...life, leaving: order } });
}

/** Its turn to stop has come if none of its dependants that are to stop still lives. */
export function tryStop(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const { leaving } = program.life;
  if (leaving === undefined || turn.heldOf(program) !== undefined) return;
  const followers = turn.graph.dependants.get(program.plan.program) ?? [];
  const isHeld = followers.some((index) => {
    const follower = turn.programs[index];
    return follower !== undefined && follower.plan.name !== program.plan.name && isGoing(follower);
  });
  if (!isHeld) stopNow(turn, program, leaving);
}

const isGoing = (program: Program): boolean =>
  program.life.state === 'STOPPING' || leavingOf(program.life) !== undefined;

/** Without waiting for anybody. */
export function stopNow(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>, order: StopOrder): void {
  const { plan, life } = program;
  const isEarly = life.state === 'STARTING';
  if (life.run === undefined) {
    turn.enter(plan.name, { state: 'STOPPING', stage: 'spawning', order, isEarly });
    return;
  }
  endWatch(turn, program);
  ask(turn, plan.name, { state: 'STOPPING', stage: 'signalled', run: life.run, order, isEarly });
}

/** The stop command if there is one, else the signal; KILL after the grace. */
function ask(turn: Turn, key: string, life: LifeIn<'STOPPING'>): void {
  const program = turn.get(key);
  if (program === undefined) return;
  const { stop } = program.plan;
  const hasCommand = stop.command !== undefined;
  turn.enter(key, { ...life, stage: hasCommand ? 'command' : 'signalled' });
  if (hasCommand) turn.emit({ effect: 'command', program: key, purpose: 'stop' });
  else signalToStop(turn, program);
  armGrace(turn, program);
  turn.decide(key, hasCommand ? 'run the stop command' : `stop with ${signalName(stop.signal)}`, life.order.why);
}

const signalToStop = (turn: Turn, { plan: { name, stop } }: Program): void =>
  turn.emit({ effect: 'signal', program: name, signal: stop.signal, wholeTree: stop.wholeTree, wake: true });

/** Not while it is paused: its grace is counted from the end of that. */
export function armGrace(turn: Turn, program: Program): void {
  if (turn.heldOf(program) !== undefined) return;
  const ms = graceOf(turn, program);
  if (ms !== undefined) turn.emit({ effect: 'arm', program: program.plan.name, timer: 'grace', ms });
}

const graceOf = (turn: Turn, { plan }: Program): number | undefined =>
  plan.stop.graceMs ?? (turn.phase === 'stopping' ? undefined : defaultGraceMs);

/** Its stop was asked for before its spawn was answered. */
export function spawnedTooLate(
  turn: Turn,
  program: ProgramIn<'STOPPING'>,
  event: SuperviseEvent & { type: 'spawned' },
) {
  const { plan, life } = program;
  if (life.stage !== 'spawning') return spawnedUncalled(turn, program);
  noteSpawned(turn, program, event);
  ask(turn, plan.name, { ...life, run: { pid: event.pid, sinceMs: turn.moment.nowMs } });
}

/** Nothing came to be: it is stopped already. */
export function notSpawnedWhileStopping(
  turn: Turn,
  { plan: { name }, life }: ProgramIn<'STARTING' | 'STOPPING'>,
  { exitCode, message }: SuperviseEvent & { type: 'spawnFailed' },
): void {
  const order = life.state === 'STARTING' ? life.leaving : life.order;
  if (order === undefined || (life.state === 'STOPPING' && life.stage !== 'spawning')) return;
  turn.patch(name, { leaf: 'empty', lastExit: { exitCode, at: turn.moment.at, why: message } });
  endForEssential(turn, name, order, { exitCode, reason: 'ContainerCannotRun', message });
  finishStop(turn, name, { state: 'STOPPING', stage: 'draining', order, isEarly: true });
}

type Exited = SuperviseEvent & { readonly type: 'exited' };

/** Its main process is gone; the rest of its tree may not be. */
export function exitedWhileStopping(turn: Turn, program: ProgramIn<'STOPPING'>, event: Exited): void {
  const { plan, life } = program;
  const { run: _gone, ...rest } = life;
  const ranMs = ranMsOf(life, turn.moment.nowMs);
  noteEnd(turn, plan.name, life.order, event);
  const isKilling = life.stage === 'killing';
  const stage = isKilling ? 'killing' : 'draining';
  turn.patch(plan.name, { life: { ...rest, stage, ranMs, isUnasked: life.stage === 'command' }, leaf: 'clearing' });
  if (!isKilling) turn.emit({ effect: 'drain', program: plan.name });
}

/** It ended while it waited for its turn to stop: what is left of its tree goes the same way. */
export function exitedWhileLeaving(
  turn: Turn,
  program: ProgramIn<'STARTING' | 'RUNNING'>,
  order: StopOrder,
  event: Exited,
) {
  const { plan, life } = program;
  endWatch(turn, program);
  noteEnd(turn, plan.name, order, event);
  const ranMs = ranMsOf(life, turn.moment.nowMs);
  drainRest(turn, plan.name, {
    state: 'STOPPING',
    stage: 'draining',
    order,
    isEarly: life.state === 'STARTING',
    ranMs,
  });
}

/** Without a main process: what is left in its leaf is asked to go, and killed after the grace. */
export function drainRest(turn: Turn, key: string, life: LifeIn<'STOPPING'>): void {
  const program = turn.get(key);
  if (program === undefined) return;
  turn.enter(key, life, undefined, { leaf: 'clearing' });
  if (program.plan.stop.wholeTree) signalToStop(turn, program);
  turn.emit({ effect: 'drain', program: key });
  armGrace(turn, program);
}

function noteEnd(turn: Turn, key: string, order: StopOrder, event: Exited): void {
  const { exitCode, signal, oomKilled } = event;
  turn.patch(key, { lastExit: exitOf(event, turn.moment.at, order.why) });
  endForEssential(turn, key, order, {
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    reason: reasonOf(exitCode, oomKilled),
  });
}

/** While the container stops it ends as its essential program does. */
function endForEssential(turn: Turn, key: string, order: StopOrder, end: NonNullable<Turn['end']>): void {
  if (turn.phase === 'stopping' && order.after !== 'forget' && turn.get(key)?.plan.essential === true) turn.end ??= end;
}

/** The stop command ended: the signal is next, for whoever is left. */
export function stopCommandEnded(
  turn: Turn,
  program: ProgramIn<'STOPPING'>,
  event: SuperviseEvent & { type: 'commandEnded' },
): void {
  const { plan, life } = program;
  if (event.purpose !== 'stop') return;
  if (event.exitCode !== 0)
    turn.note(
      'Warning',
      'StopCommandFailed',
      `The stop command of program ${plan.label} exited with code ${event.exitCode}${event.message === undefined ? '' : `: ${event.message}`}`,
    );
  if (life.stage === 'command') {
    turn.patch(plan.name, { life: { ...life, stage: 'signalled' } });
    signalToStop(turn, program);
    turn.decide(plan.name, `stop with ${signalName(plan.stop.signal)}`, 'the stop command has ended');
  } else if (life.isUnasked === true && plan.stop.wholeTree) {
    turn.patch(plan.name, { life: { ...life, isUnasked: false } });
    signalToStop(turn, program);
  }
}

/** KILL. */
export function graceIsOver(turn: Turn, program: ProgramIn<'STOPPING'>): void {
  const { plan, life } = program;
  if (life.stage === 'spawning' || life.stage === 'killing') return;
  turn.patch(plan.name, { life: { ...life, stage: 'killing' }, leaf: 'clearing' });
  turn.emit({ effect: 'clear', program: plan.name });
  turn.decide(plan.name, 'kill', `still there after ${inWords(graceOf(turn, program) ?? defaultGraceMs)}`);
}

/** Nothing of it is left. An answer that came before its main process was reaped is of no use. */
export function clearedWhileStopping(turn: Turn, { plan: { name }, life }: ProgramIn<'STOPPING'>): void {
  if (life.stage !== 'draining' && (life.stage !== 'killing' || life.run !== undefined)) return;
  turn.patch(name, { leaf: 'empty' });
  turn.emit({ effect: 'disarm', program: name, timer: 'grace' });
  finishStop(turn, name, life);
}

function finishStop(turn: Turn, key: string, life: LifeIn<'STOPPING'>): void {
  const { after, why } = life.order;
  if (after === 'forget') return forget(turn, key);
  adoptPlan(turn, key);
  const program = turn.get(key);
  if (program === undefined) return;
  if (after === 'judge') return judgeStopped(turn, program, life);
  const how = `Program ${program.plan.label} was ${why}`;
  if (after === 'start' && turn.phase === 'running') {
    turn.note('Normal', 'ProgramRestarted', how);
    return want(turn, key, why, freshCounters);
  }
  if (turn.phase === 'running') turn.note('Normal', 'ProgramStopped', how);
  toStopped(turn, key, why);
}

/** Its old process is gone: from here on the new plan is its plan. */
function adoptPlan(turn: Turn, key: string): void {
  const nextPlan = turn.get(key)?.nextPlan;
  if (nextPlan !== undefined) turn.patch(key, { plan: nextPlan, nextPlan: undefined });
}

/** At rest until somebody starts it. */
export function toStopped(turn: Turn, key: string, why: string): void {
  const life = { state: 'STOPPED', byRequest: turn.phase === 'running' } as const;
  turn.enter(key, life, why, { dueAt: undefined, ...freshCounters });
  turn.decide(key, 'stopped', why);
}

function judgeStopped(turn: Turn, program: Program, { order, isEarly, ranMs = 0 }: LifeIn<'STOPPING'>): void {
  const { exitCode = 0, signal, oomKilled } = program.lastExit ?? {};
  judge(turn, program.plan.name, {
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    ...(oomKilled === undefined ? {} : { oomKilled }),
    failure: order.why,
    isEarly,
    ranMs,
  });
}

/** Nothing of it is left, and nothing will come. */
export function forget(turn: Turn, key: string): void {
  turn.emit({ effect: 'forget', program: key });
  turn.remove(key);
}

/** Takes back a start that was to come. */
export function cancelStart(turn: Turn, { plan: { name }, life }: Program): void {
  if (life.state === 'BACKOFF') turn.emit({ effect: 'disarm', program: name, timer: 'backoff' });
}

/** What an ended program left in its leaf is asked to go; its grace is that of a stop. */
export function stopLeftovers(turn: Turn, program: Program): void {
  if (isLive(program) || program.leaf !== 'used' || !program.plan.stop.wholeTree) return;
  signalToStop(turn, program);
  armGrace(turn, program);
}

/** KILL for the leftovers. */
export const leftoversGraceIsOver = (turn: Turn, program: Program): void => clearLeaf(turn, program);
