/** Whether a running container is ready, by what its init tells of its programs. Pure. */
import { isExpected } from '../init/supervise-restart.ts';
import type { ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import type { ProgramState } from '../protocol/init.ts';

/** Programs named before the rest is only counted. */
const maxNamed = 3;

/** The programs that keep it from being ready: neither ready nor at rest. Those that are being removed do not count. */
export function unreadyPrograms(
  container: Pick<ContainerSpec, 'programs' | 'isPlain'>,
  states: readonly ProgramState[],
): readonly ProgramState[] {
  const specs = new Map(container.programs.map((program) => [program.name, program]));
  return states.filter((state) => {
    const spec = specs.get(state.program);
    return spec !== undefined && !state.ready && (container.isPlain || !isAtRest(state, spec));
  });
}

/** It waits for its schedule, a user stopped it or never started it, or it has done what it was to do. */
function isAtRest({ state, scheduled, lastExit }: ProgramState, { restart }: ProgramSpec): boolean {
  if (scheduled || state === 'STOPPED') return true;
  if (state !== 'EXITED' || lastExit === undefined) return false;
  const { exitCode, signal, why } = lastExit;
  const ending = {
    exitCode,
    isEarly: false,
    ranMs: 0,
    ...(signal === undefined ? {} : { signal }),
    ...(why === undefined ? {} : { failure: why }),
  };
  return isExpected(restart, ending);
}

/** `db is FATAL (exited with code 1), web is WAITING (…)`; for the message of a condition. */
export function describeUnready(states: readonly ProgramState[]): string {
  const named = states
    .slice(0, maxNamed)
    .map(({ label, state, message }) => `${label} is ${state}${message === undefined ? '' : ` (${message})`}`);
  const more = states.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
