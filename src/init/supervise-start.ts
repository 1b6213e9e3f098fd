/**
 * From wanted to running. A program that is wanted waits until its leaf is empty, so that two copies never run, and until its
 * dependencies hold; both are looked at after every change (supervise-settle.ts), at each of its starts.
 */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProbeKind, SuperviseEvent } from './machine.ts';
import { blockersOf, describeBlockers, describeHeld } from './supervise-dependencies.ts';
import type { LifeIn, Program, ProgramIn } from './supervise-machine.ts';
import { isLive, ranMsOf, wantedPlan } from './supervise-machine.ts';
import type { Turn } from './supervise-turn.ts';
import { inWords } from './supervise-words.ts';

/** No failures yet. */
export const freshCounters = { failures: 0, failedStarts: 0 };

/** It is to run, by its newest plan; `cause` is for the history. Clears what its last run may have left. */
export function want(turn: Turn, key: string, cause: string | undefined, change: Partial<Program> = {}): void {
  const program = turn.get(key);
  if (program === undefined || turn.phase !== 'running') return;
  if (!isLive(program) && program.leaf === 'used') turn.emit({ effect: 'disarm', program: key, timer: 'grace' }); // of stopLeftovers
  clearLeaf(turn, program);
  turn.enter(key, { state: 'WAITING', until: 'clear', ...(cause === undefined ? {} : { cause }) }, undefined, {
    ...change,
    plan: wantedPlan(program),
    nextPlan: undefined,
    leaf: program.leaf === 'empty' ? 'empty' : 'clearing',
  });
}

/** Asks for what is left in its leaf to be killed, unless that is under way or nothing can be left. */
export function clearLeaf(turn: Turn, { plan: { name }, leaf }: Program): void {
  if (leaf !== 'used') return;
  turn.emit({ effect: 'clear', program: name });
  turn.patch(name, { leaf: 'clearing' });
}

/** Starts a WAITING program if nothing is in the way; else says once what is. */
export function tryStart(turn: Turn, program: ProgramIn<'WAITING'>): void {
  const { life, leaf, plan } = program;
  if (life.until === 'due' || leaf !== 'empty' || turn.phase !== 'running') return;
  if (turn.heldOf(program) !== undefined) return;
  if (blockersOf(turn, program).length > 0) return noteBlockers(turn, program);
  turn.enter(plan.name, { state: 'STARTING' }, undefined, { leaf: 'used' });
  turn.emit({ effect: 'spawn', program: plan.name });
  const cause = life.hasWaited === true ? describeHeld(program) : life.cause;
  if (cause !== undefined) turn.decide(plan.name, 'start', cause);
}

function noteBlockers(turn: Turn, program: ProgramIn<'WAITING'>): void {
  const { life, plan } = program;
  const isHopeless = blockersOf(turn, program).some((standing) => standing.isHopeless);
  const isNews = isHopeless && life.isNoted !== true;
  if (life.hasWaited === true && !isNews) return;
  const message = describeBlockers(turn, program) ?? '';
  turn.enter(plan.name, { ...life, hasWaited: true, isNoted: life.isNoted === true || isHopeless });
  turn.decide(plan.name, 'wait', message.replace(/^waits for /, 'for '));
  if (isNews) turn.note('Warning', 'DependencyFailed', `Program ${plan.label} ${message}`);
}

type Spawned = SuperviseEvent & { readonly type: 'spawned' };

/** What every spawn that succeeded leaves behind, wherever the program is by now. */
export function noteSpawned(turn: Turn, { plan, starts }: Program, { cpuMs }: Spawned): void {
  turn.isChildless = false;
  turn.patch(plan.name, { startedAt: turn.moment.at, cpuBeforeMs: cpuMs, starts: starts + 1, leaf: 'used' });
}

/** The answer to its spawn. */
export function spawned(turn: Turn, program: ProgramIn<'STARTING'>, event: Spawned): void {
  const { plan, life } = program;
  if (life.run !== undefined) return spawnedUncalled(turn, program);
  const run = { pid: event.pid, sinceMs: turn.moment.nowMs };
  noteSpawned(turn, program, event);
  turn.enter(plan.name, { ...life, run });
  const { name, readiness, restart } = plan;
  if (readiness !== undefined && !isAsked(plan, 'readiness'))
    turn.emit({ effect: 'startProbe', program: name, probe: 'readiness' });
  if (turn.heldOf(program) === undefined) watch(turn, plan, { ...life, run });
  if (restart.startMs === 0) toRunning(turn, plan.name, false);
}

/** It is asked, over and over; else it tells by itself, or nobody wants to know. */
export const isAsked = ({ readiness, liveness }: ProgramPlan, probe: ProbeKind): boolean =>
  probe === 'liveness' ? liveness !== undefined : readiness?.kind === 'probe';

/** What goes on while its main process does: it is asked, and its start is counted. Not while it is paused. */
export function watch(turn: Turn, plan: ProgramPlan, life: LifeIn<'STARTING' | 'RUNNING'>): void {
  const { name, restart } = plan;
  for (const probe of ['readiness', 'liveness'] as const)
    if (isAsked(plan, probe)) turn.emit({ effect: 'startProbe', program: name, probe });
  if (life.state !== 'STARTING' || restart.startMs === 0) return;
  const ms = Math.max(0, restart.startMs - ranMsOf(life, turn.moment.nowMs));
  turn.emit({ effect: 'arm', program: name, timer: 'start', ms });
}

/** Nobody asked for it: it is killed, and never counted as a program. */
export function spawnedUncalled(turn: Turn, { plan: { name }, leaf }: Program): void {
  turn.isChildless = false;
  turn.emit({ effect: 'clear', program: name });
  if (leaf === 'empty') turn.patch(name, { leaf: 'clearing' });
}

/** It has run for startMs. */
export function startIsOver(turn: Turn, { plan, life }: ProgramIn<'STARTING'>): void {
  if (life.run !== undefined) toRunning(turn, plan.name, false);
}

function toRunning(turn: Turn, key: string, isReady: boolean): void {
  const program = turn.get(key);
  if (program?.life.state !== 'STARTING' || program.life.run === undefined) return;
  const { run, leaving } = program.life;
  const ready = isReady || program.plan.readiness === undefined;
  const life: LifeIn<'RUNNING'> = { state: 'RUNNING', run, ready, ...(leaving === undefined ? {} : { leaving }) };
  turn.enter(key, life, ready ? undefined : (program.message ?? 'not ready yet'), { failedStarts: 0 });
}

type Probed = SuperviseEvent & { readonly type: 'probed' };

/** Who says that it is ready has started, however early that is. */
export function readinessWhileStarting(turn: Turn, { plan, life }: ProgramIn<'STARTING'>, event: Probed): void {
  if (life.run === undefined) return;
  const key = plan.name;
  if (!event.ok) return turn.patch(key, { message: `not ready: ${event.message}` });
  if (plan.restart.startMs > 0) turn.emit({ effect: 'disarm', program: key, timer: 'start' });
  const ranMs = turn.moment.nowMs - life.run.sinceMs;
  toRunning(turn, key, true);
  turn.decide(key, 'ready', `${event.message} after ${inWords(ranMs)}`);
}

export function readiness(turn: Turn, { plan, life }: ProgramIn<'RUNNING'>, event: Probed): void {
  const key = plan.name;
  const message = event.ok ? undefined : `not ready: ${event.message}`;
  if (event.ok === life.ready) return event.ok ? undefined : turn.patch(key, { message });
  turn.enter(key, { ...life, ready: event.ok }, message);
  turn.decide(key, event.ok ? 'ready' : 'not ready', event.message);
  if (!event.ok) turn.note('Warning', 'ProgramNotReady', `Program ${plan.label} is not ready: ${event.message}`);
}
