/** Part of a decision: actions to take now and the next point in time at which something is due. Pure. */
import type { Action } from '../model/action.ts';

export interface Step {
  readonly actions: readonly Action[];
  readonly wait?: { readonly untilMs: number; readonly why: string };
}

export const nothing: Step = { actions: [] };

export const stepOf = (action: Action): Step => ({ actions: [action] });

export const waitStep = (untilMs: number, why: string): Step => ({ actions: [], wait: { untilMs, why } });

/** All actions, and the earliest of the waits. */
export function sumSteps(steps: readonly Step[]): Step {
  const waits = steps.flatMap(({ wait }) => (wait === undefined ? [] : [wait]));
  const first = waits.reduce<Step['wait']>((a, b) => (a === undefined || b.untilMs < a.untilMs ? b : a), undefined);
  return { actions: steps.flatMap(({ actions }) => actions), ...(first === undefined ? {} : { wait: first }) };
}

/** For an instance asked to stop: wait for its deadline, then kill. */
export function killOrWait(container: string, id: string, deadlineMs: number, nowMs: number): Step {
  if (deadlineMs > nowMs) return waitStep(deadlineMs, `end of ${container}`);
  return stepOf({ action: 'killContainer', container, id });
}
