/** What the machine remembers: of each program, and of the container. Immutable; one step makes the next (supervise-turn.ts). */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProgramDecision, ProgramExit, ProgramStateName } from '../protocol/init.ts';
import type { ContainerEnd } from './machine.ts';
import { type Graph, graphOf } from './supervise-graph.ts';

export type Phase = 'setup' | 'running' | 'stopping' | 'ending' | 'ended';

/** A main process that lives. */
export interface Run {
  readonly pid: number;
  /** monotonic, of its start; later by the time that it was paused */
  readonly sinceMs: number;
}

/** Held by request: its processes stand still and nothing is started for it. */
export interface Pause {
  /** the kernel has said that all stand still */
  readonly isFrozen: boolean;
  /** monotonic */
  readonly sinceMs: number;
}

/** What follows when a program has been stopped. `judge`: its restart policy says, as after a failure. */
export type After = 'stopped' | 'start' | 'forget' | 'judge';

export interface StopOrder {
  readonly after: After;
  /** for people, of the past: `stopped by request` */
  readonly why: string;
}

/** What each state knows; `state` is what people see. */
export type Life =
  /** by request: its user wants it so, and the container lives on for it */
  | { readonly state: 'STOPPED'; readonly byRequest: boolean }
  /** wanted; it starts as soon as its leaf is empty and its dependencies hold, or when its schedule says */
  | {
      readonly state: 'WAITING';
      readonly until: 'clear' | 'due';
      /** why it was wanted, for the history; absent: already told */
      readonly cause?: string;
      /** a dependency did not hold when looked at */
      readonly hasWaited?: boolean;
      /** the note DependencyFailed was given */
      readonly isNoted?: boolean;
    }
  /** without `run` the answer to `spawn` is not in yet; `leaving`: to stop once its dependants have stopped */
  | { readonly state: 'STARTING'; readonly run?: Run; readonly leaving?: StopOrder }
  | { readonly state: 'RUNNING'; readonly run: Run; readonly ready: boolean; readonly leaving?: StopOrder }
  | { readonly state: 'BACKOFF'; readonly nextStartAt: string }
  | {
      readonly state: 'STOPPING';
      /**
       * spawning: to be stopped once it is there. command: its stop command runs. signalled.
       * draining: its main process is gone, the rest of its tree not yet. killing: clear was asked for.
       */
      readonly stage: 'spawning' | 'command' | 'signalled' | 'draining' | 'killing';
      readonly run?: Run;
      readonly order: StopOrder;
      /** it was STARTING */
      readonly isEarly: boolean;
      /** its main process ended while its stop command ran: the rest of its tree has yet to get the signal */
      readonly isUnasked?: boolean;
      /** how long it ran when its main process ended */
      readonly ranMs?: number;
    }
  | { readonly state: 'EXITED'; readonly isExpected: boolean; readonly end: ContainerEnd; readonly endedMs: number }
  | { readonly state: 'FATAL'; readonly end: ContainerEnd; readonly endedMs: number };

export type LifeIn<S extends ProgramStateName> = Extract<Life, { readonly state: S }>;

export interface Program {
  /** of the process that lives or lived last, and of the next one unless `nextPlan` is there */
  readonly plan: ProgramPlan;
  /** wanted from the next start on */
  readonly nextPlan?: ProgramPlan | undefined;
  readonly life: Life;
  /** of this program alone (supervise-pause.ts) */
  readonly pause?: Pause | undefined;
  /** what its leaf may hold besides its main process; clearing: `cleared` is to come */
  readonly leaf: 'empty' | 'used' | 'clearing';
  readonly message?: string | undefined;
  /** RFC 3339 */
  readonly startedAt?: string;
  /** CPU time that its leaf had used before that start */
  readonly cpuBeforeMs?: number | undefined;
  /** spawns that succeeded */
  readonly starts: number;
  /** ends in a row without a good run (backoff.resetAfter) in between */
  readonly failures: number;
  /** starts in a row that failed */
  readonly failedStarts: number;
  readonly lastExit?: ProgramExit;
  /** RFC 3339: when its schedule is due */
  readonly dueAt?: string | undefined;
  /** newest last */
  readonly history: readonly ProgramDecision[];
}

/** A program in one of these states. */
export type ProgramIn<S extends ProgramStateName> = Program & { readonly life: LifeIn<S> };

/** Opaque outside: read it through supervise.ts. The same object as before when a step changed nothing. */
export interface Machine {
  readonly phase: Phase;
  readonly graph: Graph;
  /** in the order of graph.indexOf */
  readonly programs: readonly Program[];
  /** first cause wins */
  readonly end?: ContainerEnd;
  /** of the whole container */
  readonly pause?: Pause;
  /** killAll was asked for */
  readonly isKilling: boolean;
  /** `childless` came before the answer to a spawn: it counts if that failed */
  readonly isChildless: boolean;
}

/** A program that was never started. */
export const newProgram = (plan: ProgramPlan): Program => ({
  plan,
  life: { state: 'STOPPED', byRequest: false },
  leaf: 'empty',
  starts: 0,
  failures: 0,
  failedStarts: 0,
  history: [],
});

/** Of a container before anything ran. */
export function machineOf(plans: readonly ProgramPlan[]): Machine {
  const programs = plans.map(newProgram);
  return { phase: 'setup', graph: graphOfPrograms(programs), programs, isKilling: false, isChildless: false };
}

/** To be made anew whenever plans come or go. */
export const graphOfPrograms = (programs: readonly Program[]): Graph =>
  graphOf(programs.map((program) => ({ plan: wantedPlan(program), isRemoved: isRemoved(program) })));

/** Its main process lives or is about to, or its stop is not over. */
export const isLive = ({ life: { state } }: Program): boolean =>
  state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';

/** It was taken out of the spec and is being stopped for good. */
export function isRemoved({ life }: Program): boolean {
  if (life.state === 'STOPPING') return life.order.after === 'forget';
  return leavingOf(life)?.after === 'forget';
}

/** Its order to stop that waits for its dependants. */
export const leavingOf = (life: Life): StopOrder | undefined =>
  life.state === 'STARTING' || life.state === 'RUNNING' ? life.leaving : undefined;

export const runOf = (life: Life): Run | undefined =>
  life.state === 'STARTING' || life.state === 'RUNNING' || life.state === 'STOPPING' ? life.run : undefined;

/** It has a main process, or the answer to its spawn is not in yet. */
export function hasProcess({ life }: Program): boolean {
  if (life.state === 'STARTING' || life.state === 'RUNNING') return true;
  return life.state === 'STOPPING' && (life.run !== undefined || life.stage === 'spawning');
}

/** How long its main process has run, pauses left out; 0 without one. */
export const ranMsOf = (life: Life, nowMs: number): number => nowMs - (runOf(life)?.sinceMs ?? nowMs);

/** The plan it is to have, which the process that lives may not have yet. */
export const wantedPlan = ({ plan, nextPlan }: Program): ProgramPlan => nextPlan ?? plan;

/** One container with a plain `command`: podd tells of its end itself. */
export function isPlain(programs: readonly Program[]): boolean {
  const [only] = programs;
  return programs.length === 1 && only?.plan.name === 'main' && only.plan.restart.policy === 'never';
}
