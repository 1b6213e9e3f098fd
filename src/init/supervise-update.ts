/**
 * New plans for a running container: only what changed is touched (model/program-change.ts). Added programs start if they are to start
 * by themselves, missing ones stop and are forgotten and never end the container, changed ones take their plan over in place or restart.
 * A stop goes by the old plan, the start after it by the new one; who was stopped by request stays stopped.
 */
import type { ProgramPlan } from '../model/launch-plan.ts';
import { programChange } from '../model/program-change.ts';
import { sameJson } from '../util/same-json.ts';
import type { ProbeKind, SuperviseEvent } from './machine.ts';
import { cascadeFrom, refresh } from './supervise-cascade.ts';
import { isRemoved, newProgram, type Program, type StopOrder, wantedPlan } from './supervise-machine.ts';
import { resumeProgram } from './supervise-pause.ts';
import { plan as planSchedule, wantAsPlanned } from './supervise-schedule.ts';
import { freshCounters, isAsked, want } from './supervise-start.ts';
import { cancelStart, drainRest, forget, leave } from './supervise-stop.ts';
import type { Turn } from './supervise-turn.ts';

type Updated = SuperviseEvent & { readonly type: 'updated' };

const changedWhy = 'restarted because its spec changed';
const backWhy = 'restarted because it is back in the spec';
const removedOrder: StopOrder = { after: 'forget', why: 'removed from the spec' };

/** Before anything ran: the new plans are simply the plans. */
export function replaceBeforeStart(turn: Turn, { programs }: Updated): void {
  turn.replacePrograms(programs.map(newProgram));
}

export function update(turn: Turn, { programs: plans, cascade }: Updated): void {
  const wanted = new Set(plans.map(({ name }) => name));
  const before = new Map(turn.programs.map((program) => [program.plan.name, program]));
  for (const [name, program] of before) if (!wanted.has(name) && !isRemoved(program)) removeAwake(turn, program);
  arrange(turn, plans);
  const restarted: string[] = [];
  for (const plan of plans) {
    const old = before.get(plan.name);
    if (old === undefined) add(turn, plan);
    else if (takeOver(turn, plan, old)) restarted.push(plan.name);
  }
  arrange(turn, plans);
  cascadeFrom(turn, restarted, cascade);
}

/** In the manifest's order; those that are being removed come last. */
function arrange(turn: Turn, plans: readonly ProgramPlan[]): void {
  const names = new Set(plans.map(({ name }) => name));
  const kept = plans.map((plan) => turn.get(plan.name) ?? newProgram(plan));
  turn.replacePrograms([...kept, ...turn.programs.filter(({ plan }) => !names.has(plan.name))]);
}

function add(turn: Turn, plan: ProgramPlan): void {
  if (!plan.autostart) return;
  turn.affected.add(plan.label);
  wantAsPlanned(turn, plan.name, 'added to the spec');
}

/** Nobody could resume it by its name any more. In a paused container it waits as all others do. */
function removeAwake(turn: Turn, program: Program): void {
  resumeProgram(turn, program, removedOrder.why);
  remove(turn, turn.get(program.plan.name) ?? program);
}

function remove(turn: Turn, program: Program): void {
  const {
    plan: { name, label },
    life,
    leaf,
  } = program;
  turn.affected.add(label);
  // Also of one that rests: the answer to an older plan may have stopped it while the newer one was made.
  if (wantedPlan(program).schedule !== undefined) turn.emit({ effect: 'unplan', program: name });
  cancelStart(turn, program);
  if (life.state === 'STARTING' || life.state === 'RUNNING') return leave(turn, { ...program, life }, removedOrder);
  if (life.state === 'STOPPING') return turn.patch(name, { life: { ...life, order: removedOrder } });
  if (leaf === 'empty') return forget(turn, name);
  const rest = { state: 'STOPPING', order: removedOrder, isEarly: false } as const;
  if (leaf === 'used') drainRest(turn, name, { ...rest, stage: 'draining' });
  else turn.enter(name, { ...rest, stage: 'killing' });
}

/** True when it restarts, or starts anew, for it. */
function takeOver(turn: Turn, plan: ProgramPlan, old: Program): boolean {
  if (isRemoved(old)) return takeBack(turn, plan, old);
  const known = wantedPlan(old);
  const { life } = old;
  if (sameJson(known, plan)) return false;
  const isRestart = programChange(known, plan) === 'restart';
  const { name } = plan;
  if (life.state === 'STARTING' || life.state === 'RUNNING') {
    if (isRestart || old.nextPlan !== undefined) turn.patch(name, { nextPlan: plan });
    else takeOverLive(turn, plan, old.plan, life.run !== undefined);
  } else if (life.state === 'STOPPING') {
    turn.patch(name, { nextPlan: plan });
  } else {
    turn.patch(name, { plan });
  }
  takeOverSchedule(turn, plan, known);
  if (!isRestart) return false;
  return refresh(turn, turn.get(name) ?? old, changedWhy);
}

/** It was on its way out. */
function takeBack(turn: Turn, plan: ProgramPlan, { life }: Program): boolean {
  const order: StopOrder = plan.autostart
    ? { after: 'start', why: backWhy }
    : { after: 'stopped', why: removedOrder.why };
  turn.affected.add(plan.label);
  if (life.state === 'STOPPING') turn.patch(plan.name, { nextPlan: plan, life: { ...life, order } });
  if (life.state === 'STARTING' || life.state === 'RUNNING')
    turn.patch(plan.name, { nextPlan: plan, life: { ...life, leaving: order } });
  const program = turn.get(plan.name);
  if (plan.autostart && program !== undefined) planSchedule(turn, program);
  return plan.autostart;
}

/** Its process stays; its probes begin anew where they changed. It stays as ready as it was. */
function takeOverLive(turn: Turn, plan: ProgramPlan, old: ProgramPlan, isSpawned: boolean): void {
  turn.patch(plan.name, { plan });
  if (!isSpawned) return;
  const program = turn.get(plan.name);
  const isHeld = program !== undefined && turn.heldOf(program) !== undefined;
  for (const probe of ['readiness', 'liveness'] as const) restartProbe(turn, { probe, isHeld }, plan, old);
  const life = program?.life;
  if (life?.state === 'RUNNING' && plan.readiness === undefined && !life.ready)
    turn.enter(plan.name, { ...life, ready: true });
}

interface WhichProbe {
  readonly probe: ProbeKind;
  /** it is paused: it is asked once it is resumed */
  readonly isHeld: boolean;
}

function restartProbe(turn: Turn, { probe, isHeld }: WhichProbe, plan: ProgramPlan, old: ProgramPlan): void {
  const { name } = plan;
  if (sameJson(plan[probe], old[probe])) return;
  if (old[probe] !== undefined) turn.emit({ effect: 'stopProbe', program: name, probe });
  if (plan[probe] === undefined || (isHeld && isAsked(plan, probe))) return;
  turn.emit({ effect: 'startProbe', program: name, probe });
}

/** A new schedule counts from now on; a program that waited for one it no longer has starts. */
function takeOverSchedule(turn: Turn, plan: ProgramPlan, old: ProgramPlan): void {
  const program = turn.get(plan.name);
  const life = program?.life;
  if (program === undefined || life === undefined) return;
  if (life.state === 'STOPPED') {
    if (!life.byRequest && plan.autostart && !old.autostart) add(turn, plan);
    return;
  }
  if (!sameJson(plan.schedule, old.schedule)) replan(turn, program, plan, old);
}

function replan(turn: Turn, program: Program, plan: ProgramPlan, old: ProgramPlan): void {
  const { life } = program;
  if (old.schedule !== undefined) turn.emit({ effect: 'unplan', program: plan.name });
  turn.patch(plan.name, { dueAt: undefined });
  planSchedule(turn, program);
  if (life.state === 'WAITING' && life.until === 'due' && plan.schedule === undefined) {
    want(turn, plan.name, 'its schedule was removed', freshCounters);
  } else if ((life.state === 'WAITING' || life.state === 'BACKOFF') && old.schedule === undefined) {
    cancelStart(turn, program);
    turn.enter(plan.name, { state: 'WAITING', until: 'due' });
  }
}
