/** What the world (supervise-world.ts) reads from what everybody sees. */
import { expect } from 'vitest';
import type { Moment, SuperviseEvent } from '../../../src/init/machine.ts';
import { type Machine, programStates } from '../../../src/init/supervise.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';

/** An exit of the process that the machine knew is in its status, unless the program is gone altogether. */
export function expectNotLost(
  event: SuperviseEvent & { type: 'exited' },
  { at }: Moment,
  before: ReadonlyMap<string, ProgramState>,
  after: ReadonlyMap<string, ProgramState>,
): void {
  expect(before.get(event.program)?.pid, 'an exit came for a process the machine does not know').toBe(event.pid);
  expect(after.get(event.program)?.lastExit, 'an exit was lost').toMatchObject({ exitCode: event.exitCode, at });
  expect(after.get(event.program)?.pid).toBeUndefined();
}

/** Who is paused is not ready, and says so. */
export function expectPausedUnready(machine: Machine): void {
  for (const { name, paused = false, ready } of programStates(machine))
    if (paused) expect(ready, `${name} is paused and ready`).toBe(false);
}

export const isUp = (state: ProgramState | undefined): boolean =>
  state?.state === 'STARTING' || state?.state === 'RUNNING';

/** The conditions as the manifest has them, read from what everybody sees. */
export function satisfies({ state, pid, ready, startedAt }: ProgramState, condition: string): boolean {
  const hasEnded = state === 'EXITED' || state === 'FATAL';
  switch (condition) {
    case 'started':
      return hasEnded ? startedAt !== undefined : (state === 'STARTING' || state === 'RUNNING') && pid !== undefined;
    case 'ready':
      return ready;
    case 'completed':
      return hasEnded;
    default:
      return state === 'EXITED';
  }
}
