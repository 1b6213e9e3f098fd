/**
 * What PID 1 does about its programs, as a pure machine: (machine, event) → machine + effects.
 *
 *   setup ──begin──▶ running ──essential ended──▶ ending ──tree empty──▶ ended
 *                       └──────stop requested───▶ stopping ──tree empty──▶ ended
 *
 * `stopping` signals the whole tree and kills it when the grace is over; `ending` kills what the essential program left behind.
 */
import type { ExitRecord, ProgramState } from '../protocol/init.ts';
import { assertNever } from '../util/assert-never.ts';

export type Phase = 'setup' | 'running' | 'stopping' | 'ending' | 'ended';

/** How the container ends; becomes exit.json. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: ExitRecord['reason'];
  readonly message?: string;
}

export interface SupervisedProgram extends ProgramState {
  readonly essential: boolean;
}

export interface Machine {
  readonly phase: Phase;
  readonly programs: Readonly<Record<string, SupervisedProgram>>;
  /** first cause wins */
  readonly end?: ContainerEnd;
}

export type SuperviseEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'spawned'; readonly program: string; readonly pid: number; readonly at: string }
  | { readonly type: 'spawnFailed'; readonly program: string; readonly exitCode: number; readonly message: string }
  | {
      readonly type: 'exited';
      readonly program: string;
      readonly exitCode: number;
      readonly signal?: number;
      readonly oomKilled: boolean;
    }
  | { readonly type: 'stopRequested'; readonly graceMs: number }
  | { readonly type: 'graceOver' }
  | { readonly type: 'treeEmpty' };

export type SuperviseEffect =
  | { readonly effect: 'spawn'; readonly program: string }
  /** TERM to every process of the container, then CONT for stopped ones */
  | { readonly effect: 'termTree' }
  /** KILL until nothing is left */
  | { readonly effect: 'killTree' }
  /** `graceOver` after this time; a running timer is only ever shortened */
  | { readonly effect: 'armGrace'; readonly ms: number }
  | { readonly effect: 'finish'; readonly end: ContainerEnd };

export interface Step {
  readonly machine: Machine;
  readonly effects: readonly SuperviseEffect[];
}

/** The machine before anything ran. */
export const newMachine = (programs: readonly { readonly name: string; readonly essential: boolean }[]): Machine => ({
  phase: 'setup',
  programs: Object.fromEntries(
    programs.map(({ name, essential }) => [name, { name, essential, state: 'STOPPED' as const }]),
  ),
});

/** Total: every event is defined in every phase; one that means nothing there changes nothing. */
export function supervise(machine: Machine, event: SuperviseEvent): Step {
  if (machine.phase === 'ended') return unchanged(machine);
  switch (event.type) {
    case 'begin':
      return begin(machine);
    case 'spawned':
      return spawned(machine, event);
    case 'spawnFailed':
      return spawnFailed(machine, event);
    case 'exited':
      return exited(machine, event);
    case 'stopRequested':
      return stopRequested(machine, event.graceMs);
    case 'graceOver':
      return machine.phase === 'stopping' ? { machine, effects: [{ effect: 'killTree' }] } : unchanged(machine);
    case 'treeEmpty':
      return treeEmpty(machine);
    default:
      return assertNever(event, 'supervise event');
  }
}

const unchanged = (machine: Machine): Step => ({ machine, effects: [] });

const withProgram = (machine: Machine, name: string, change: Partial<SupervisedProgram>): Machine => {
  const program = machine.programs[name];
  if (program === undefined) return machine;
  return { ...machine, programs: { ...machine.programs, [name]: { ...program, ...change } } };
};

function begin(machine: Machine): Step {
  if (machine.phase !== 'setup') return unchanged(machine);
  const names = Object.keys(machine.programs);
  const starting = names.reduce((m, name) => withProgram(m, name, { state: 'STARTING' }), machine);
  return {
    machine: { ...starting, phase: 'running' },
    effects: names.map((program) => ({ effect: 'spawn', program })),
  };
}

function spawned(machine: Machine, event: SuperviseEvent & { type: 'spawned' }): Step {
  const state = machine.phase === 'running' ? 'RUNNING' : 'STOPPING';
  return unchanged(withProgram(machine, event.program, { state, pid: event.pid, startedAt: event.at }));
}

function spawnFailed(machine: Machine, event: SuperviseEvent & { type: 'spawnFailed' }): Step {
  const failed = withProgram(machine, event.program, { state: 'FATAL', exitCode: event.exitCode });
  return endIfEssential(failed, event.program, {
    exitCode: event.exitCode,
    reason: 'ContainerCannotRun',
    message: event.message,
  });
}

function exited(machine: Machine, event: SuperviseEvent & { type: 'exited' }): Step {
  const program = machine.programs[event.program];
  if (program === undefined) return unchanged(machine);
  const { pid: _gone, ...rest } = program;
  const signal = event.signal === undefined ? {} : { signal: event.signal };
  const left: SupervisedProgram = { ...rest, state: 'EXITED', exitCode: event.exitCode, ...signal };
  const next = { ...machine, programs: { ...machine.programs, [event.program]: left } };
  const reason = event.oomKilled ? 'OOMKilled' : event.exitCode === 0 ? 'Completed' : 'Error';
  return endIfEssential(next, event.program, { exitCode: event.exitCode, ...signal, reason });
}

function endIfEssential(machine: Machine, program: string, end: ContainerEnd): Step {
  if (machine.programs[program]?.essential !== true) return unchanged(machine);
  const ending = { ...machine, end: machine.end ?? end };
  if (machine.phase !== 'running') return unchanged(ending);
  return { machine: { ...ending, phase: 'ending' }, effects: [{ effect: 'killTree' }] };
}

function stopRequested(machine: Machine, graceMs: number): Step {
  if (machine.phase === 'ending') return unchanged(machine);
  if (machine.phase === 'stopping') return { machine, effects: [{ effect: 'armGrace', ms: graceMs }] };
  const stopping = Object.values(machine.programs)
    .filter(({ state }) => state === 'RUNNING' || state === 'STARTING')
    .reduce((m, { name }) => withProgram(m, name, { state: 'STOPPING' }), machine);
  return {
    machine: { ...stopping, phase: 'stopping' },
    effects: [{ effect: 'armGrace', ms: graceMs }, { effect: 'termTree' }],
  };
}

function treeEmpty(machine: Machine): Step {
  if (machine.phase !== 'stopping' && machine.phase !== 'ending') return unchanged(machine);
  const end: ContainerEnd = machine.end ?? { exitCode: 0, reason: 'Completed' };
  return { machine: { ...machine, phase: 'ended', end }, effects: [{ effect: 'finish', end }] };
}
