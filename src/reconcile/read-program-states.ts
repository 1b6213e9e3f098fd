/** The programs that an init tells of, as this version knows them. */
import { type HealthState, type ProgramState, programStates } from '../protocol/init.ts';

const texts = ['name', 'program', 'label', 'startedAt', 'message', 'nextStartAt'] as const;
const counts = ['instance', 'pid', 'restarts'] as const;
const flags = ['ready', 'essential', 'scheduled', 'blocked', 'paused'] as const;

/**
 * An init of the previous version tells only name, state, pid and startedAt of its one program: the rest is what it means. Throws for
 * what is no list of programs: a privileged container can reach its PID 1, and must not reach further.
 */
export function readProgramStates(told: unknown): readonly ProgramState[] {
  if (!Array.isArray(told)) throw new Error('programs: not a list');
  return told.map(readProgramState);
}

/** Of its probes and hooks; undefined: it has none. Throws as readProgramStates. */
export function readHealthState(told: unknown): HealthState | undefined {
  if (told === undefined) return undefined;
  const { started, ready, message } = (told ?? {}) as Partial<HealthState>;
  if (
    typeof started !== 'boolean' ||
    typeof ready !== 'boolean' ||
    !(isMissing(message) || typeof message === 'string')
  )
    throw new Error('health: not a state');
  return { started, ready, ...(message === undefined ? {} : { message }) };
}

function readProgramState(told: unknown): ProgramState {
  if (typeof told !== 'object' || told === null || !('name' in told)) throw new Error('a program without a name');
  const { name } = told as Partial<ProgramState>;
  const state = {
    program: name,
    instance: 0,
    label: name,
    ready: (told as Partial<ProgramState>).state === 'RUNNING',
    essential: true,
    scheduled: false,
    restarts: 0,
    ...told,
  } as ProgramState;
  const isSound =
    programStates.includes(state.state) &&
    texts.every((key) => isMissing(state[key]) || typeof state[key] === 'string') &&
    counts.every((key) => isMissing(state[key]) || Number.isSafeInteger(state[key])) &&
    flags.every((key) => isMissing(state[key]) || typeof state[key] === 'boolean') &&
    (isMissing(state.cpuBeforeMs) || Number.isFinite(state.cpuBeforeMs)) &&
    (isMissing(state.lastExit) || typeof state.lastExit.at === 'string');
  if (!isSound) throw new Error(`program ${String(name)}: not a state`);
  return state;
}

const isMissing = (value: unknown): value is undefined => value === undefined;
