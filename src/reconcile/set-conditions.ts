/** Conditions of a pod that others than podd set, for readiness gates mostly. Pure. */
import type { PodCondition } from '../model/pod-status.ts';
import { ownConditions } from './pod-conditions.ts';

/** A condition as it is asked for. */
export type GivenCondition = Omit<PodCondition, 'lastTransitionTime'> & { readonly lastTransitionTime?: string };

/** By type: those of podd stay podd's; the time is that of the last change of status. `whole`: those that are not given go. */
export function setConditions(
  before: readonly PodCondition[],
  given: readonly GivenCondition[],
  { now, whole }: { readonly now: string; readonly whole: boolean },
): readonly PodCondition[] {
  const foreign = given.filter(({ type }) => !ownConditions.has(type));
  const kept = before.filter(({ type }) => !whole && foreign.every((one) => one.type !== type));
  const set = foreign.map((condition): PodCondition => {
    const old = before.find(({ type }) => type === condition.type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
    return { ...condition, lastTransitionTime };
  });
  return [...kept, ...set];
}
