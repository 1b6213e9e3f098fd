/** Conditions of workload objects, changed as Kubernetes changes them. */
import type { WorkloadCondition } from '../model/workload-spec.ts';

type Conditions = readonly WorkloadCondition[];
export type NewCondition = Pick<WorkloadCondition, 'type' | 'status' | 'reason' | 'message'>;

export const findCondition = (conditions: Conditions | undefined, type: string): WorkloadCondition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const withoutCondition = (conditions: Conditions, type: string): Conditions =>
  conditions.filter((condition) => condition.type !== type);

/** Nothing changes while status and reason are the same; the time of the transition stays while the status is. */
export function withCondition(conditions: Conditions, condition: NewCondition, now: string): Conditions {
  const before = findCondition(conditions, condition.type);
  if (before?.status === condition.status && before.reason === condition.reason) return conditions;
  return refreshCondition(conditions, condition, now);
}

/** The same, and it counts as updated now even when it is the same. */
export function refreshCondition(conditions: Conditions, condition: NewCondition, now: string): Conditions {
  const before = findCondition(conditions, condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : now;
  const next = { ...condition, lastUpdateTime: now, lastTransitionTime };
  return [...withoutCondition(conditions, condition.type), next];
}
