/** Whether what a verb set in motion has happened. Pure: podd's newest word on a container against what it was before the request. */

import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import { sameJson } from '../util/same-json.ts';
import { containerWord, explainState, isResting, stateWord } from './program-words.ts';

export type WaitedVerb = 'start' | 'stop' | 'restart' | 'pause' | 'resume';

/** How far a start is waited for. */
export type StartGoal = 'running' | 'ready';

export interface ControlGoal {
  readonly verb: WaitedVerb;
  /** of a start or restart */
  readonly until: StartGoal;
}

/** One thing that a request moves: a container, or a program in it (by label). */
export interface Moved {
  readonly container: string;
  readonly label?: string;
}

/** `why` says how it stands, or what went wrong. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly why: string; readonly program?: ProgramObject }
  | { readonly kind: 'failed'; readonly why: string; readonly program?: ProgramObject };

const done: Verdict = { kind: 'done' };
const waiting = (why: string, program?: ProgramObject): Verdict => ({
  kind: 'waiting',
  why,
  ...(program === undefined ? {} : { program }),
});

/**
 * `before` and `now`: the container as it was read before the request, and as it is; undefined when podd shows none.
 * News of the request may still be on its way to podd: what is as it was before counts for nothing.
 */
export function judgeMoved(
  goal: ControlGoal,
  moved: Moved,
  before: ProgramGroup | undefined,
  now: ProgramGroup | undefined,
  nowMs: number,
): Verdict {
  if (goal.verb === 'stop') return judgeStop(moved, now, nowMs);
  if (goal.verb === 'pause' || goal.verb === 'resume') return judgePause(goal.verb, moved, now, nowMs);
  if (now === undefined) return waiting('is not there');
  const { label } = moved;
  if (label === undefined) return judgeContainer(goal, before, now, nowMs);
  if (isOver(now) && (before?.state === 'running' || hasEndedAnew(before, now))) return judgeEnd(now);
  const program = findLabel(now, label);
  if (program === undefined) return waiting(`container ${now.container} is ${containerWord(now)}`);
  const old = before === undefined ? undefined : findLabel(before, label);
  const isNew = old === undefined || startedAnew([before, old], [now, program]);
  const isSame = old !== undefined && !isNew && sameJson(ending(old), ending(program));
  return judgeProgram(goal, { program, isNew, isSame, nowMs });
}

/** A run has ended, and another one does not begin at once. */
export const isOver = ({ state, reason }: ProgramGroup): boolean =>
  state === 'terminated' || reason === 'CrashLoopBackOff';

/** The container has ended since: as was wanted when all its programs did. */
function judgeEnd(group: ProgramGroup): Verdict {
  if (group.reason === 'Completed') return done;
  const { exitCode, message } = group.lastExit ?? {};
  const how = exitCode === undefined ? '' : ` (exit ${exitCode}${message === undefined ? '' : `: ${message}`})`;
  return { kind: 'failed', why: `container ${group.container} ended: ${containerWord(group)}${how}` };
}

function judgeStop({ label }: Moved, now: ProgramGroup | undefined, nowMs: number): Verdict {
  if (now === undefined) return done;
  if (now.state !== 'running') return now.reason === 'ContainerCreating' ? waiting(containerWord(now)) : done;
  if (label === undefined) return waiting('is running');
  const program = findLabel(now, label);
  if (program === undefined || isAtRest(program)) return done;
  return waiting(describeProgram(program, nowMs), program);
}

/** What was resumed may have ended since. Programs are shown while their PID 1 lives, also where it has started none of them yet. */
function judgePause(verb: 'pause' | 'resume', { label }: Moved, now: ProgramGroup | undefined, nowMs: number): Verdict {
  const gone: Verdict = verb === 'resume' ? done : { kind: 'failed', why: 'it has ended' };
  if (now === undefined) return gone;
  const programs = label === undefined ? now.programs : [findLabel(now, label)].filter((found) => found !== undefined);
  if (programs.length === 0) return gone;
  const other = programs.find(({ paused = false }) => paused !== (verb === 'pause'));
  return other === undefined ? done : waiting(describeProgram(other, nowMs), other);
}

function judgeContainer(
  goal: ControlGoal,
  before: ProgramGroup | undefined,
  now: ProgramGroup,
  nowMs: number,
): Verdict {
  if (isOver(now) && hasEndedAnew(before, now)) return judgeEnd(now);
  const isNew = before?.state !== 'running' || isNextRun(before, now);
  if (now.state !== 'running' || !isNew) return waiting(`is ${containerWord(now)}`);
  const verdicts = now.programs.map((program) =>
    isResting(program) || program.blocked === true
      ? done
      : naming(program, judgeProgram(goal, { program, isNew: true, isSame: false, nowMs })),
  );
  return verdicts.find(({ kind }) => kind === 'failed') ?? verdicts.find(({ kind }) => kind === 'waiting') ?? done;
}

/** The request named the container: its verdict says which of its programs it is about. */
const naming = ({ label }: ProgramObject, verdict: Verdict): Verdict =>
  verdict.kind === 'done' ? verdict : { ...verdict, why: `${label} is ${verdict.why}` };

interface Judged {
  readonly program: ProgramObject;
  /** it has been started since the request */
  readonly isNew: boolean;
  /** nothing at all has happened to it since the request */
  readonly isSame: boolean;
  readonly nowMs: number;
}

function judgeProgram({ verb, until }: ControlGoal, { program, isNew, isSame, nowMs }: Judged): Verdict {
  const how = { why: describeProgram(program, nowMs), program };
  const isOld = verb === 'restart' && !isNew && program.state !== 'FATAL';
  if (isOld) return { kind: 'waiting', ...how };
  switch (program.state) {
    case 'RUNNING':
      return until === 'running' || program.ready ? done : { kind: 'waiting', ...how };
    case 'FATAL':
      return { kind: isSame ? 'waiting' : 'failed', ...how };
    case 'EXITED':
      if (!isNew) return { kind: 'waiting', ...how };
      return program.lastExit?.expected === true ? done : { kind: 'failed', ...how };
    case 'STOPPED':
    case 'WAITING':
    case 'STARTING':
    case 'BACKOFF':
    case 'STOPPING':
      return { kind: 'waiting', ...how };
  }
}

/** A start that will not come by itself: somebody else stopped the program, or what it waits for has failed. Beware of old news, as above. */
export function isStuck({ verb }: ControlGoal, verdict: Verdict): boolean {
  if ((verb !== 'start' && verb !== 'restart') || verdict.kind !== 'waiting' || verdict.program === undefined)
    return false;
  return verdict.program.blocked === true || isAtRest(verdict.program);
}

const isAtRest = ({ state }: ProgramObject): boolean => state === 'STOPPED' || state === 'EXITED' || state === 'FATAL';

/** `WAITING: waits for db`, `EXITED: exited with 3`. */
export function describeProgram(program: ProgramObject, nowMs: number): string {
  const why = explainState(program, nowMs);
  if (why !== '') return `${stateWord(program)}: ${why}`;
  const { state, lastExit } = program;
  const isEnd = state === 'EXITED' || state === 'FATAL' || state === 'BACKOFF';
  if (isEnd && lastExit !== undefined) return `${state}: ${howItEnded(lastExit)}`;
  return state === 'RUNNING' && !program.ready ? 'RUNNING, not ready' : state;
}

/** By its label, or by its key. */
export function findLabel({ programs }: ProgramGroup, label: string): ProgramObject | undefined {
  return programs.find((program) => program.label === label || program.name === label);
}

type Seen = readonly [group: ProgramGroup | undefined, program: ProgramObject];

/** A stopped program keeps its times but has no pid: only two pids tell of a start. */
export function startedAnew([oldGroup, old]: Seen, [group, program]: Seen): boolean {
  const isPidNew = old.hostPid !== undefined && program.hostPid !== undefined && old.hostPid !== program.hostPid;
  return isPidNew || !sameJson(starting([oldGroup, old]), starting([group, program]));
}

const starting = ([group, { startedAt, restarts }]: Seen): unknown => [
  ...[group?.startedAt ?? '', group?.restarts ?? 0, startedAt ?? '', restarts],
];

const ending = ({ state, lastExit, message }: ProgramObject): unknown => [state, lastExit?.at ?? '', message ?? ''];

/**
 * A container shows the end of its run before until the next one begins: only one more run, or an end where there was no run at all,
 * is an end since the request.
 */
export function hasEndedAnew(before: ProgramGroup | undefined, now: ProgramGroup): boolean {
  if (before === undefined || now.restarts > before.restarts) return true;
  return before.state === 'waiting' && before.reason === 'Stopped';
}

/** A container that ran runs anew: it, or each of its programs, has been started again. */
export function isNextRun(before: ProgramGroup, now: ProgramGroup): boolean {
  if (before.startedAt !== now.startedAt || before.restarts !== now.restarts) return true;
  return (
    now.programs.length > 0 &&
    now.programs.every((program) => {
      const old = findLabel(before, program.label);
      return old === undefined || startedAnew([before, old], [now, program]);
    })
  );
}
