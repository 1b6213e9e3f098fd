/**
 * What PID 1 does about its programs, as a pure machine: (machine, event, moment) → machine + effects. Total: every event is defined
 * in every phase, and for a program in every state (supervise-table.ts); one that means nothing there changes nothing.
 *
 *   setup ──begin──▶ running ──an essential program ended for good, or nothing runs and nothing will──▶ ending ──childless──▶ ended
 *     └─────────────────┴──────────────stop requested──────────────▶ stopping ──────────────────────────────childless───────────▲
 *
 * `stopping` and `ending` stop what lives in reverse dependency order; what is left is killed when the container's grace is over, in
 * `ending` as soon as no program lives. A container without programs runs until it is stopped.
 */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProgramDecision, ProgramState, ProgramVerb } from '../protocol/init.ts';
import type { Moment, SuperviseEffect, SuperviseEvent } from './machine.ts';
import { cascadeFrom } from './supervise-cascade.ts';
import { begin, conclude, killEverything, noteChildless, shortenGrace, stopContainer } from './supervise-container.ts';
import { type Machine, machineOf, type Phase } from './supervise-machine.ts';
import { endsPause, isMoot, noteAllFrozen, pauseContainer, resumeContainer, resumeProgram } from './supervise-pause.ts';
import { statesOf } from './supervise-states.ts';
import { happen } from './supervise-table.ts';
import { Turn } from './supervise-turn.ts';
import { replaceBeforeStart, update } from './supervise-update.ts';

export type { Machine, Phase } from './supervise-machine.ts';

export interface Step {
  /** the same object when nothing changed */
  readonly machine: Machine;
  /** to be performed in this order, all of them, before the next event */
  readonly effects: readonly SuperviseEffect[];
  /** labels of the programs that a requested or updated event moves */
  readonly affected: readonly string[];
}

/** The machine before anything ran; keys must be unique. */
export const newMachine = (programs: readonly ProgramPlan[]): Machine => machineOf(programs);

export const phaseOf = (machine: Machine): Phase => machine.phase;

/** The whole container is paused, or about to be: nothing may be started in it. */
export const isPaused = (machine: Machine): boolean => machine.pause !== undefined;

/** Every instance in the manifest's order; those that are being removed come last, until they are gone. */
export const programStates = (machine: Machine): readonly ProgramState[] => statesOf(machine);

/** What was decided about a program, newest last, at most 50; none for an unknown key. */
export const historyOf = (machine: Machine, key: string): readonly ProgramDecision[] =>
  machine.programs[machine.graph.indexOf.get(key) ?? -1]?.history ?? [];

/** The plan that its process runs by; where none lives, that of its next start. undefined: no such program. */
export const planOf = (machine: Machine, key: string): ProgramPlan | undefined =>
  machine.programs[machine.graph.indexOf.get(key) ?? -1]?.plan;

/** One step. */
export function supervise(machine: Machine, event: SuperviseEvent, moment: Moment): Step {
  if (machine.phase === 'ended') return { machine, effects: [], affected: [] };
  const turn = new Turn(machine, moment);
  perform(turn, event);
  conclude(turn);
  return { machine: turn.machine(), effects: turn.effects, affected: [...turn.affected] };
}

function perform(turn: Turn, event: SuperviseEvent): void {
  if ('program' in event) return performOnProgram(turn, event);
  if (turn.phase === 'ended') return;
  const transition = phases[turn.phase][event.type] as (turn: Turn, event: SuperviseEvent) => void;
  transition(turn, event);
}

function performOnProgram(turn: Turn, event: Extract<SuperviseEvent, { readonly program: string }>): void {
  const program = turn.get(event.program);
  if (program === undefined || isMoot(turn, program, event)) return;
  if (event.type === 'timer') happen(turn, program, `timer ${event.timer}`, event);
  else if (event.type === 'probed') happen(turn, program, `probed ${event.probe}`, event);
  else happen(turn, program, event.type, event);
}

type ContainerEvent = Exclude<SuperviseEvent, { readonly program: string }>;

/** What happens to the container: phase × event. */
type Phases = {
  readonly [P in Exclude<Phase, 'ended'>]: {
    readonly [T in ContainerEvent['type']]: (turn: Turn, event: Extract<ContainerEvent, { readonly type: T }>) => void;
  };
};

const nothing = (): void => undefined;

function requested(turn: Turn, event: Extract<ContainerEvent, { readonly type: 'requested' }>): void {
  // KILL comes first: nothing of it runs on
  if (event.verb === 'signal') request(turn, event);
  if (endsPause(event)) for (const key of event.programs) resumeFor(turn, key, event.verb);
  if (event.verb !== 'signal') request(turn, event);
  if (event.verb !== 'restart') return;
  const cascaded = cascadeFrom(turn, event.programs, event.cascade);
  for (const key of cascaded) resumeFor(turn, key, event.verb);
}

function request(turn: Turn, event: Extract<ContainerEvent, { readonly type: 'requested' }>): void {
  for (const key of event.programs) {
    const program = turn.get(key);
    if (program !== undefined) happen(turn, program, event.verb, event);
  }
}

function resumeFor(turn: Turn, key: string, verb: ProgramVerb): void {
  const program = turn.get(key);
  if (program !== undefined) resumeProgram(turn, program, `${verb === 'signal' ? 'KILL' : verb} was requested`);
}

const windingDown: Phases['stopping' | 'ending'] = {
  begin: nothing,
  requested,
  updated: nothing,
  pauseRequested: nothing,
  resumeRequested: nothing,
  allFrozen: nothing,
  stopRequested: shortenGrace,
  graceOver: killEverything,
  childless: noteChildless,
};

const phases: Phases = {
  setup: {
    begin,
    requested: nothing,
    updated: replaceBeforeStart,
    pauseRequested: nothing,
    resumeRequested: nothing,
    allFrozen: nothing,
    stopRequested: stopContainer,
    graceOver: nothing,
    childless: nothing,
  },
  running: {
    begin: nothing,
    requested,
    updated: update,
    pauseRequested: pauseContainer,
    resumeRequested: (turn) => resumeContainer(turn),
    allFrozen: noteAllFrozen,
    stopRequested: stopContainer,
    graceOver: nothing,
    childless: nothing,
  },
  stopping: windingDown,
  ending: windingDown,
};
