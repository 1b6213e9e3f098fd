/** Whether an indexed Job has succeeded before all of its indexes have (job/success_policy.go). Pure. */
import type { JobSpec, SuccessRule } from '../model/job-spec.ts';
import { parseIndexes } from './index-set.ts';

/** Which rule is met, in Kubernetes' words; undefined: none. */
export function metSuccessRule(
  { successPolicy, completions }: Pick<JobSpec, 'successPolicy' | 'completions'>,
  completed: ReadonlySet<number>,
): string | undefined {
  const met = (successPolicy?.rules ?? []).findIndex((rule) => isMet(rule, completed, completions));
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}

function isMet(
  { succeededIndexes, succeededCount }: SuccessRule,
  completed: ReadonlySet<number>,
  completions: number | undefined,
): boolean {
  if (succeededIndexes === undefined) return succeededCount !== undefined && completed.size >= succeededCount;
  const wanted = [...parseIndexes(succeededIndexes, completions)];
  const done = wanted.filter((index) => completed.has(index)).length;
  return done >= (succeededCount ?? wanted.length);
}
