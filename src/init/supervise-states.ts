/** The machine as people and podd see it. */
import type { ProgramState } from '../protocol/init.ts';
import { describeBlockers, isBlocked, type View } from './supervise-dependencies.ts';
import { leavingOf, type Machine, type Program, runOf, wantedPlan } from './supervise-machine.ts';

/** Every instance in the manifest's order; those that are being removed come last. */
export function statesOf({ programs, graph }: Machine): readonly ProgramState[] {
  const view: View = { programs, graph, standings: new Map() };
  const blocked = new Map<string, boolean>();
  return programs.map((program) => stateOf(view, program, blocked));
}

function stateOf(view: View, program: Program, known: Map<string, boolean>): ProgramState {
  const { life, leaf, lastExit, startedAt, starts, cpuBeforeMs } = program;
  const { name, program: programName, instance, label, essential, schedule } = wantedPlan(program);
  const message = messageOf(view, program);
  const pid = runOf(life)?.pid;
  const nextStartAt = life.state === 'BACKOFF' ? life.nextStartAt : program.dueAt;
  return {
    name,
    program: programName,
    instance,
    label,
    state: life.state,
    ready: life.state === 'RUNNING' && life.ready,
    essential,
    scheduled: schedule !== undefined,
    ...(pid === undefined ? {} : { pid }),
    ...(startedAt === undefined ? {} : { startedAt }),
    restarts: Math.max(0, starts - 1),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(message === undefined ? {} : { message }),
    ...(leaf === 'empty' && isBlocked(view, program, known) ? { blocked: true } : {}),
    ...(cpuBeforeMs === undefined ? {} : { cpuBeforeMs }),
    ...(nextStartAt === undefined ? {} : { nextStartAt }),
  };
}

/** What it waits for is told as it stands now. */
function messageOf(view: View, program: Program): string | undefined {
  const { life, leaf, dueAt, message } = program;
  const leaving = leavingOf(life);
  if (leaving !== undefined) return `stops once those that depend on it have stopped: ${leaving.why}`;
  if (life.state === 'STOPPING') return life.order.why;
  if (life.state !== 'WAITING') return message;
  if (life.until === 'due') return dueAt === undefined ? 'its schedule is being read' : `next at ${dueAt}`;
  if (leaf !== 'empty') return 'waits until what its last run left is gone';
  return describeBlockers(view, program);
}
