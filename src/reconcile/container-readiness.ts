/** Whether a running container is ready, by what its init tells of its programs. Pure. */
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ProgramState } from '../protocol/init.ts';
import type { InstanceView } from './pod-view.ts';

/** Programs named before the rest is only counted. */
const maxNamed = 3;

/** It runs, and its postStart hook and startup probe are through: what waits for its start can go on. */
export function isStarted({ state, startedAt, stop, health }: InstanceView): boolean {
  return state === 'running' && startedAt !== undefined && stop === undefined && health?.started !== false;
}

/** The programs that keep it from being ready: neither ready nor at rest. Those that are being removed do not count. */
export function unreadyPrograms(
  container: Pick<ContainerSpec, 'programs' | 'isPlain'>,
  states: readonly ProgramState[],
): readonly ProgramState[] {
  const wanted = new Set(container.programs.map(({ name }) => name));
  return states.filter((state) => wanted.has(state.program) && !state.ready && (container.isPlain || !isAtRest(state)));
}

/** It waits for its schedule, a user stopped it or never started it, or it has done what it was to do. */
const isAtRest = ({ state, scheduled, lastExit }: ProgramState): boolean =>
  scheduled || state === 'STOPPED' || (state === 'EXITED' && lastExit?.expected === true);

/** `db is FATAL (exited with code 1), web is WAITING (…)`; for the message of a condition. */
export function describeUnready(states: readonly ProgramState[]): string {
  const named = states
    .slice(0, maxNamed)
    .map(({ label, state, message }) => `${label} is ${state}${message === undefined ? '' : ` (${message})`}`);
  const more = states.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
