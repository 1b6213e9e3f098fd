/**
 * Programs with a schedule: they wait until it is due, run, rest as EXITED, and never run twice at once. Whatever becomes of one
 * time, the next is planned. `podctl start` runs one at once, beside its schedule; `podctl stop` ends the schedule until it is started.
 */
import type { SuperviseEvent } from './machine.ts';
import { type Program, type ProgramIn, wantedPlan } from './supervise-machine.ts';
import { freshCounters, want } from './supervise-start.ts';
import { cancelStart, leave } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

const restartWhy = 'restarted because its schedule was due again';

/** As its autostart has it: at once, or when its schedule says. */
export function wantAsPlanned(turn: Turn, key: string, cause: string): void {
  const program = turn.get(key);
  if (program === undefined || turn.phase !== 'running') return;
  if (wantedPlan(program).schedule === undefined) return want(turn, key, cause, freshCounters);
  turn.enter(key, { state: 'WAITING', until: 'due' });
  plan(turn, program);
}

export function plan(turn: Turn, program: Program): void {
  if (wantedPlan(program).schedule !== undefined) turn.emit({ effect: 'plan', program: program.plan.name });
}

export function unplan(turn: Turn, program: Program): void {
  if (wantedPlan(program).schedule === undefined) return;
  turn.emit({ effect: 'unplan', program: program.plan.name });
  turn.patch(program.plan.name, { dueAt: undefined });
}

/** It does not run. */
export function dueAtRest(turn: Turn, program: ProgramIn<'WAITING' | 'BACKOFF' | 'EXITED' | 'FATAL'>): void {
  if (wantedPlan(program).schedule === undefined) return;
  if (program.life.state === 'WAITING' && program.life.until === 'clear') {
    turn.decide(program.plan.name, 'skip this time', 'due while it still waited');
  } else {
    cancelStart(turn, program);
    want(turn, program.plan.name, 'its schedule was due', freshCounters);
  }
  plan(turn, program);
}

/** It still runs. */
export function dueWhileLive(turn: Turn, program: ProgramIn<'STARTING' | 'RUNNING'>): void {
  const { schedule } = wantedPlan(program);
  if (schedule === undefined || program.life.leaving?.after === 'stopped') return;
  if (schedule.concurrency === 'forbid') turn.decide(program.plan.name, 'skip this time', 'due while it still ran');
  else if (program.life.leaving === undefined) leave(turn, program, { after: 'start', why: restartWhy });
  plan(turn, program);
}

/** It is being stopped: for good, and then nothing is due any more, or for a failure. */
export function dueWhileStopping(turn: Turn, program: ProgramIn<'STOPPING'>): void {
  const { life } = program;
  const { schedule } = wantedPlan(program);
  if (schedule === undefined || life.order.after === 'stopped' || life.order.after === 'forget') return;
  if (schedule.concurrency === 'replace')
    turn.patch(program.plan.name, { life: { ...life, order: { after: 'start', why: restartWhy } } });
  else turn.decide(program.plan.name, 'skip this time', 'due while it still ran');
  plan(turn, program);
}

type Planned = SuperviseEvent & { readonly type: 'planned' };

/** When it is due next. */
export function planned(turn: Turn, program: Program, { next }: Planned): void {
  if (wantedPlan(program).schedule === undefined) return;
  turn.patch(program.plan.name, { dueAt: next });
  if (next !== undefined) return;
  turn.hasEnded = true;
  if (program.life.state !== 'WAITING' || program.life.until !== 'due') return;
  turn.enter(program.plan.name, { state: 'STOPPED', byRequest: false }, 'its schedule is never due');
}
