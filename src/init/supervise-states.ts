/** The machine as people and podd see it. */
import type { ProgramState } from '../protocol/init.ts';
import { describeBlockers, isBlocked, type View } from './supervise-dependencies.ts';
import { leavingOf, type Machine, type Pause, type Program, runOf, wantedPlan } from './supervise-machine.ts';

/** Every instance in the manifest's order; those that are being removed come last. */
export function statesOf({ programs, graph, pause }: Machine): readonly ProgramState[] {
  const view: Shown = { programs, graph, standings: new Map(), pause };
  const blocked = new Map<string, boolean>();
  return programs.map((program) => stateOf(view, program, blocked));
}

interface Shown extends View {
  /** of the container */
  readonly pause: Pause | undefined;
}

function stateOf(view: Shown, program: Program, known: Map<string, boolean>): ProgramState {
  const { life, lastExit, startedAt, starts, cpuBeforeMs } = program;
  const { name, program: programName, instance, label, essential, schedule } = wantedPlan(program);
  const pause = pauseOf(view, program);
  const message = (pause === undefined ? undefined : pausedMessage(pause, program)) ?? messageOf(view, program);
  const pid = runOf(life)?.pid;
  const nextStartAt = life.state === 'BACKOFF' ? life.nextStartAt : program.dueAt;
  return {
    name,
    program: programName,
    instance,
    label,
    state: life.state,
    ready: life.state === 'RUNNING' && life.ready && pause === undefined,
    essential,
    scheduled: schedule !== undefined,
    ...(pid === undefined ? {} : { pid }),
    ...(startedAt === undefined ? {} : { startedAt }),
    restarts: Math.max(0, starts - 1),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(message === undefined ? {} : { message }),
    ...holdsOf(view, program, { pause, known }),
    ...(cpuBeforeMs === undefined ? {} : { cpuBeforeMs }),
    ...(nextStartAt === undefined ? {} : { nextStartAt }),
  };
}

interface Held {
  readonly pause: Pause | undefined;
  readonly known: Map<string, boolean>;
}

/** What keeps it from going on by itself. */
function holdsOf(view: Shown, program: Program, { pause, known }: Held): Pick<ProgramState, 'blocked' | 'paused'> {
  const { life, leaf } = program;
  const isHeldBack = pause !== undefined && life.state === 'WAITING' && life.until === 'clear';
  const isStuck = isHeldBack || (leaf === 'empty' && isBlocked(view, program, known));
  return { ...(isStuck ? { blocked: true } : {}), ...(pause?.isFrozen === true ? { paused: true } : {}) };
}

/** Frozen is who stands still by either. */
const pauseOf = ({ pause }: Shown, program: Program): Pause | undefined =>
  program.pause?.isFrozen === true ? program.pause : (pause ?? program.pause);

/** What has come due meanwhile waits for the end of the pause; what is at rest has nothing to wait with. */
function pausedMessage({ isFrozen }: Pause, { life }: Program): string | undefined {
  const leaving = leavingOf(life);
  if (life.state === 'STOPPED' || life.state === 'EXITED' || life.state === 'FATAL') return undefined;
  if (!isFrozen) return 'is being paused';
  if (leaving !== undefined) return `paused; stops once it is resumed: ${leaving.why}`;
  if (life.state === 'STOPPING') return `paused; ${life.order.why}`;
  return life.state === 'WAITING' && life.until === 'clear' ? 'paused; starts once it is resumed' : 'paused by request';
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
