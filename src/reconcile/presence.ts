/** What of a pod runs when a change of it is planned: a change of what does not run costs nothing now. Pure. */
import type { RecordedExit } from '../model/pod-record.ts';
import type { ProgramState } from '../protocol/init.ts';

/** One container. `waiting`: it does not run and starts by itself; `ended`: for good; `stopped`: a user stopped it; `done`: an init container that has done its part. */
export interface ContainerPresence {
  readonly state: 'running' | 'waiting' | 'ended' | 'stopped' | 'done';
  /** as its init told last */
  readonly programs: readonly ProgramState[];
  /** how its newest run ended */
  readonly exit?: Pick<RecordedExit, 'exitCode' | 'reason'>;
}

/** By container; one that is not named counts as running. */
export type Presence = Readonly<Record<string, ContainerPresence>>;

/** True when a changed plan alone does not start it: it was stopped, waits for something else, or has ended as it should (init/supervise-cascade.ts). */
export function isAtRest({ state, lastExit }: ProgramState): boolean {
  return state === 'STOPPED' || state === 'WAITING' || (state === 'EXITED' && lastExit?.expected !== false);
}

/** True when it has no process, and a changed plan starts it. */
export const hasFailed = ({ state, lastExit }: ProgramState): boolean =>
  state === 'FATAL' || state === 'BACKOFF' || (state === 'EXITED' && lastExit?.expected === false);

/** True when it has never run and nobody stopped it: it waits for a start by request (`autostart: false`). */
export const waitsForRequest = ({ state, startedAt }: ProgramState): boolean =>
  state === 'STOPPED' && startedAt === undefined;

/** True when its schedule is what it waits for. */
export const waitsForSchedule = ({ state, scheduled }: ProgramState): boolean => state === 'WAITING' && scheduled;
