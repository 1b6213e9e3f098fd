/** A program's end that nobody asked for: what is remembered, what follows, and what the container makes of it. */

import type { ProgramExit } from '../protocol/init.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import type { ContainerEnd, SuperviseEvent } from './machine.ts';
import { type LifeIn, type Program, type ProgramIn, ranMsOf } from './supervise-machine.ts';
import { decideRestart, type Ending, isExpected, type Verdict } from './supervise-restart.ts';
import { clearLeaf, want } from './supervise-start.ts';
import type { Turn } from './supervise-turn.ts';
import { later } from './supervise-words.ts';

type Exited = SuperviseEvent & { readonly type: 'exited' };

/** What is remembered of an end; `why`: podinit brought it about. */
export const exitOf = ({ exitCode, signal, oomKilled }: Exited, at: string, why?: string): ProgramExit => ({
  exitCode,
  ...(signal === undefined ? {} : { signal }),
  ...(oomKilled ? { oomKilled } : {}),
  at,
  ...(why === undefined ? {} : { why }),
});

/** Its timers and probes end with its main process. */
export function endWatch(turn: Turn, { plan: { name, restart, readiness, liveness }, life }: Program): void {
  if (life.state === 'STARTING' && restart.startMs > 0 && life.run !== undefined)
    turn.emit({ effect: 'disarm', program: name, timer: 'start' });
  if (readiness !== undefined) turn.emit({ effect: 'stopProbe', program: name, probe: 'readiness' });
  if (liveness !== undefined) turn.emit({ effect: 'stopProbe', program: name, probe: 'liveness' });
}

/** Its main process ended by itself, or by what nobody here knows of. */
export function endedAlone(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>, event: Exited): void {
  const { plan, life } = program;
  endWatch(turn, program);
  turn.patch(plan.name, { lastExit: exitOf(event, turn.moment.at) });
  const ranMs = ranMsOf(life, turn.moment.nowMs);
  judge(turn, plan.name, { ...event, isEarly: life.state === 'STARTING', ranMs });
}

type SpawnFailed = SuperviseEvent & { readonly type: 'spawnFailed' };

export function spawnFailed(turn: Turn, program: ProgramIn<'STARTING'>, event: SpawnFailed): void {
  const { plan, life } = program;
  if (life.run !== undefined) return;
  const { exitCode, message } = event;
  turn.patch(plan.name, { leaf: 'empty', lastExit: { exitCode, at: turn.moment.at, why: message } });
  judge(turn, plan.name, { exitCode, spawnFailure: message, isEarly: true, ranMs: 0 });
}

/** What the restart policy says of this end, carried out. */
export function judge(turn: Turn, key: string, ending: Ending): void {
  const program = turn.get(key);
  if (program === undefined) return;
  const { lastExit, plan } = program;
  if (lastExit !== undefined)
    turn.patch(key, { lastExit: { ...lastExit, expected: isExpected(plan.restart, ending) } });
  const verdict = decideRestart(plan.restart, program, ending, turn.moment.random);
  if (verdict.verdict === 'restart') return restart(turn, program, ending, verdict);
  const end = endOf(turn, program, ending, verdict);
  const endedMs = turn.moment.nowMs;
  if (verdict.verdict === 'exited') {
    turn.enter(key, { state: 'EXITED', isExpected: verdict.isExpected, end, endedMs }, verdict.message);
    turn.decide(key, 'no restart', `${verdict.message}; restart policy ${program.plan.restart.policy}`);
    if (!verdict.isExpected) noteExit(turn, program, ending, 'it is not restarted');
  } else {
    clearLeaf(turn, program);
    turn.enter(key, { state: 'FATAL', end, endedMs }, verdict.message);
    turn.decide(key, 'FATAL', verdict.message);
    turn.note('Warning', 'ProgramFatal', `Program ${program.plan.label} is FATAL: ${verdict.message}`);
  }
  afterTheEnd(turn, program, end);
}

function restart(turn: Turn, program: Program, ending: Ending, verdict: Verdict & { verdict: 'restart' }): void {
  const key = program.plan.name;
  const { delayMs, counters, message, what, cause } = verdict;
  if (delayMs === 0) {
    want(turn, key, undefined, counters);
  } else {
    clearLeaf(turn, program);
    const life: LifeIn<'BACKOFF'> = { state: 'BACKOFF', nextStartAt: later(turn.moment.at, delayMs) };
    turn.enter(key, life, message, counters);
    turn.emit({ effect: 'arm', program: key, timer: 'backoff', ms: delayMs });
  }
  turn.decide(key, what, cause);
  if (!isExpected(program.plan.restart, ending)) noteExit(turn, program, ending, message.split('; ').at(-1) ?? '');
}

/** The delay is over. */
export function backoffIsOver(turn: Turn, { plan: { name } }: ProgramIn<'BACKOFF'>): void {
  want(turn, name, 'the back-off is over');
}

function noteExit(turn: Turn, { plan: { label } }: Program, ending: Ending, then: string): void {
  if (ending.failure !== undefined) return;
  const how = ending.spawnFailure === undefined ? howItEnded(ending) : `cannot be started: ${ending.spawnFailure}`;
  turn.note('Warning', 'ProgramExited', `Program ${label} ${how}: ${then}`);
}

/** A scheduled program rests until it is due again; an essential one takes its container with it. */
function afterTheEnd(turn: Turn, { plan }: Program, end: ContainerEnd): void {
  turn.hasEnded = true;
  if (plan.essential && plan.schedule === undefined) turn.end ??= end;
}

/** How the container would end for it. FATAL never looks like success. */
function endOf(turn: Turn, { plan }: Program, ending: Ending, { verdict, message }: Verdict): ContainerEnd {
  if (ending.spawnFailure !== undefined)
    return { exitCode: ending.exitCode, reason: 'ContainerCannotRun', message: ending.spawnFailure };
  const exitCode = verdict === 'exited' ? ending.exitCode : ending.exitCode || 1;
  const isTold = !turn.isPlain && exitCode !== 0;
  return {
    exitCode,
    ...(ending.signal === undefined ? {} : { signal: ending.signal }),
    reason: reasonOf(exitCode, ending.oomKilled),
    ...(isTold ? { message: `program ${plan.label} ${message}` } : {}),
  };
}

/** The words of exit.json. */
export const reasonOf = (exitCode: number, oomKilled: boolean | undefined): ContainerEnd['reason'] =>
  oomKilled === true ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
