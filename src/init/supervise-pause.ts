/**
 * Pausing, by request: of a program, its leaf stands still; of the container, all of `app`, exec sessions too.
 *
 *   ──pause──▶ held, freezing ──frozen──▶ held, frozen ──resume, or what ends it──▶ goes on
 *
 * What is held neither starts nor stops, is asked by no probe, and its start and grace are not counted; what comes due meanwhile has its
 * turn when it is resumed. A stop, restart, start or KILL by request, the container's end, and removal from the spec resume it first.
 */
import type { SuperviseEvent } from './machine.ts';
import type { Life, Pause, Program, ProgramIn } from './supervise-machine.ts';
import { isAsked, watch } from './supervise-start.ts';
import { armGrace } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';
import { inWords } from './supervise-words.ts';

const SIGKILL = 9;

/** Whatever it does or waits for. */
export function pauseProgram(turn: Turn, program: Program): void {
  const { name, label } = program.plan;
  if (turn.phase !== 'running' || turn.heldOf(program) !== undefined) return;
  turn.patch(name, { pause: pauseOf(turn) });
  hold(turn, program);
  turn.emit({ effect: 'freeze', program: name });
  turn.affected.add(label);
  turn.decide(name, 'pause', 'requested');
  turn.note('Normal', 'ProgramPaused', `Program ${label} was paused by request`);
}

/** One that has ended is to be held only if its schedule starts it again. */
export function pauseEnded(turn: Turn, program: ProgramIn<'EXITED' | 'FATAL'>): void {
  if (program.plan.schedule !== undefined) pauseProgram(turn, program);
}

/** It goes on where it stood; `cause` is for the history. In a paused container it cannot. */
export function resumeProgram(turn: Turn, program: Program, cause = 'requested'): void {
  const { pause } = program;
  if (pause === undefined || turn.pause !== undefined) return;
  const { name, label } = program.plan;
  turn.patch(name, { pause: undefined });
  turn.emit({ effect: 'thaw', program: name });
  release(turn, name, pause);
  turn.affected.add(label);
  tellResumed(turn, name, pause, cause);
  turn.note('Normal', 'ProgramResumed', `Program ${label} was resumed: ${cause}`);
}

export function noteFrozen(turn: Turn, { plan: { name }, pause }: Program): void {
  if (pause !== undefined && !pause.isFrozen) turn.patch(name, { pause: { ...pause, isFrozen: true } });
}

/** podd notes it on the pod. */
export function pauseContainer(turn: Turn): void {
  if (turn.phase !== 'running' || turn.pause !== undefined) return;
  for (const program of turn.programs) if (program.pause === undefined) hold(turn, program);
  turn.pause = pauseOf(turn);
  turn.emit({ effect: 'freezeAll' });
  for (const { plan } of turn.programs) {
    turn.affected.add(plan.label);
    turn.decide(plan.name, 'pause', 'the container was paused by request');
  }
}

export function noteAllFrozen(turn: Turn): void {
  if (turn.pause !== undefined && !turn.pause.isFrozen) turn.pause = { ...turn.pause, isFrozen: true };
}

/** The container, and each program that was paused by itself. */
export function resumeContainer(turn: Turn, cause = 'the container was resumed by request'): void {
  const ofContainer = turn.pause;
  if (ofContainer === undefined && turn.programs.every(({ pause }) => pause === undefined)) return;
  const before = [...turn.programs];
  turn.pause = undefined;
  for (const { plan, pause } of before) {
    turn.patch(plan.name, { pause: undefined });
    if (pause !== undefined) turn.emit({ effect: 'thaw', program: plan.name });
  }
  if (ofContainer !== undefined) turn.emit({ effect: 'thawAll' });
  for (const { plan, pause = ofContainer } of before) {
    if (pause === undefined) continue;
    release(turn, plan.name, pause);
    turn.affected.add(plan.label);
    tellResumed(turn, plan.name, pause, cause);
  }
}

/** Whether the request is one that what stands still could not follow: it ends the pause of a program. */
export const endsPause = ({ verb, signal }: SuperviseEvent & { readonly type: 'requested' }): boolean =>
  verb === 'start' || verb === 'stop' || verb === 'restart' || (verb === 'signal' && signal === SIGKILL);

/** What was under way when it was paused: it begins anew afterwards. */
export function isMoot(turn: Turn, program: Program, event: SuperviseEvent): boolean {
  if (turn.heldOf(program) === undefined) return false;
  if (event.type === 'timer') return event.timer === 'start' || (event.timer === 'grace' && isStopping(program));
  return event.type === 'probed' && isAsked(program.plan, event.probe);
}

const isStopping = ({ life }: Program): boolean => life.state === 'STOPPING';

const pauseOf = (turn: Turn): Pause => ({ isFrozen: false, sinceMs: turn.moment.nowMs });

/** Ready is what answers: who is asked for it has to answer again. */
function hold(turn: Turn, { plan, life }: Program): void {
  const { name, restart } = plan;
  if (life.state === 'STOPPING') return turn.emit({ effect: 'disarm', program: name, timer: 'grace' });
  if ((life.state !== 'STARTING' && life.state !== 'RUNNING') || life.run === undefined) return;
  if (life.state === 'STARTING' && restart.startMs > 0) turn.emit({ effect: 'disarm', program: name, timer: 'start' });
  for (const probe of ['readiness', 'liveness'] as const)
    if (isAsked(plan, probe)) turn.emit({ effect: 'stopProbe', program: name, probe });
  if (life.state === 'RUNNING' && life.ready && isAsked(plan, 'readiness'))
    turn.enter(name, { ...life, ready: false }, 'not ready yet');
}

function release(turn: Turn, key: string, { sinceMs }: Pause): void {
  const program = turn.get(key);
  if (program === undefined) return;
  const life = withoutPause(program.life, sinceMs, turn.moment.nowMs);
  turn.patch(key, { life });
  if (life.state === 'STOPPING' && life.stage !== 'spawning' && life.stage !== 'killing') armGrace(turn, program);
  if ((life.state === 'STARTING' || life.state === 'RUNNING') && life.run !== undefined)
    watch(turn, program.plan, life);
}

/** Its time stood still too. */
function withoutPause(life: Life, sinceMs: number, nowMs: number): Life {
  if (!('run' in life) || life.run === undefined) return life;
  const heldMs = nowMs - Math.max(life.run.sinceMs, sinceMs);
  return { ...life, run: { ...life.run, sinceMs: life.run.sinceMs + heldMs } };
}

function tellResumed(turn: Turn, key: string, { sinceMs }: Pause, cause: string): void {
  turn.decide(key, `resume after ${inWords(turn.moment.nowMs - sinceMs)}`, cause);
}
