/**
 * What people ask of a program: start, stop, restart, reload, signal. Each moves it towards what was asked for last; what is so already
 * is not moved. A start resets the counters; a program that was stopped by request stays so until it is started by request.
 */

import { howItEnded } from '../util/how-it-ended.ts';
import { signalName } from '../util/signal-name.ts';
import type { SuperviseEvent } from './machine.ts';
import { type Program, type ProgramIn, runOf, type StopOrder } from './supervise-machine.ts';
import { plan, unplan } from './supervise-schedule.ts';
import { freshCounters, want } from './supervise-start.ts';
import { cancelStart, leave, stopLeftovers, toStopped } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

type Requested = SuperviseEvent & { readonly type: 'requested' };

const stopOrder: StopOrder = { after: 'stopped', why: 'stopped by request' };
const restartOrder: StopOrder = { after: 'start', why: 'restarted by request' };

const moved = (turn: Turn, { plan: { label } }: Program): void => void turn.affected.add(label);

/** It does not run: it is wanted now, with its schedule beside it. */
export function startAtRest(turn: Turn, program: ProgramIn<'STOPPED' | 'EXITED' | 'FATAL' | 'BACKOFF'>): void {
  if (turn.phase !== 'running') return;
  if (program.life.state === 'STOPPED') plan(turn, program);
  cancelStart(turn, program);
  moved(turn, program);
  want(turn, program.plan.name, 'requested', freshCounters);
}

/** Wanted already, unless it waits for its schedule. */
export function startWaiting(turn: Turn, program: ProgramIn<'WAITING'>): void {
  if (program.life.until === 'clear') return turn.patch(program.plan.name, freshCounters);
  moved(turn, program);
  want(turn, program.plan.name, 'requested', freshCounters);
}

/** It runs; a stop by request that has not begun is taken back. */
export function startLive(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const { leaving, ...life } = program.life;
  if (leaving?.after !== 'stopped' || turn.phase !== 'running') return;
  if (program.nextPlan === undefined) turn.patch(program.plan.name, { life });
  else leave(turn, program, restartOrder);
  plan(turn, program);
  moved(turn, program);
}

/** It starts again after its stop. */
export function startStopping(turn: Turn, program: ProgramIn<'STOPPING'>): void {
  const { order } = program.life;
  if (turn.phase !== 'running' || order.after === 'start' || order.after === 'forget') return;
  if (order.after === 'stopped') plan(turn, program);
  turn.patch(program.plan.name, { life: { ...program.life, order: restartOrder } });
  moved(turn, program);
}

/** A start that was to come is taken back. */
export function stopPending(turn: Turn, program: ProgramIn<'WAITING' | 'BACKOFF'>): void {
  cancelStart(turn, program);
  unplan(turn, program);
  toStopped(turn, program.plan.name, stopOrder.why);
  turn.note('Normal', 'ProgramStopped', `Program ${program.plan.label} was ${stopOrder.why}`);
  moved(turn, program);
}

export function stopLive(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const { leaving } = program.life;
  if (leaving?.after === 'stopped' || leaving?.after === 'forget') return;
  unplan(turn, program);
  leave(turn, program, stopOrder);
  moved(turn, program);
}

/** It ended by itself, and stays what it is; what it left running is stopped, and a schedule ends. */
export function stopEnded(turn: Turn, program: ProgramIn<'EXITED' | 'FATAL'>): void {
  stopLeftovers(turn, program);
  if (program.plan.schedule === undefined) return;
  unplan(turn, program);
  toStopped(turn, program.plan.name, stopOrder.why);
  moved(turn, program);
}

export function stopStopping(turn: Turn, program: ProgramIn<'STOPPING'>): void {
  const { order } = program.life;
  if (order.after === 'stopped' || order.after === 'forget') return;
  unplan(turn, program);
  turn.patch(program.plan.name, { life: { ...program.life, order: stopOrder } });
  moved(turn, program);
}

export function restartLive(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const { leaving } = program.life;
  if (turn.phase !== 'running' || leaving?.after === 'start' || leaving?.after === 'forget') return;
  if (leaving?.after === 'stopped') plan(turn, program);
  leave(turn, program, restartOrder);
  moved(turn, program);
}

/** Its configuration is read anew, without a restart. */
export function reload(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const {
    plan: { name, reload: how },
    life,
  } = program;
  if (life.run === undefined || how === undefined) return;
  if (how.kind === 'signal')
    turn.emit({ effect: 'signal', program: name, signal: how.signal, wholeTree: false, wake: false });
  else turn.emit({ effect: 'command', program: name, purpose: 'reload' });
  moved(turn, program);
  turn.decide(
    name,
    how.kind === 'signal' ? `reload with ${signalName(how.signal)}` : 'run the reload command',
    'requested',
  );
}

export function reloadEnded(
  turn: Turn,
  { plan: { name, label } }: Program,
  event: SuperviseEvent & { type: 'commandEnded' },
) {
  if (event.purpose !== 'reload') return;
  const how = event.message ?? howItEnded(event);
  turn.decide(name, event.exitCode === 0 ? 'reloaded' : 'reload failed', `the reload command ${how}`);
  if (event.exitCode !== 0) turn.note('Warning', 'ReloadFailed', `The reload command of program ${label} ${how}`);
}

/** To its main process, and nothing else. */
export function signal(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING' | 'STOPPING'>, event: Requested): void {
  if (runOf(program.life) === undefined || event.signal === undefined) return;
  const { name } = program.plan;
  turn.emit({ effect: 'signal', program: name, signal: event.signal, wholeTree: false, wake: false });
  turn.decide(name, `send ${signalName(event.signal)}`, 'requested');
  moved(turn, program);
}
