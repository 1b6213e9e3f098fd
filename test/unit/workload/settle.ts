import type { WorkloadAction, WorkloadObject, WorkloadPlan } from '../../../src/model/workload.ts';
import { sameJson } from '../../../src/util/same-json.ts';

/** Plans until one has something to do or nothing more to say, the status of each being what the next one finds. */
export function settle<S, T>(
  object: WorkloadObject<S, T>,
  plan: (object: WorkloadObject<S, T>) => WorkloadPlan<T>,
): WorkloadPlan<T> & { readonly actions: readonly WorkloadAction[] } {
  let now = object;
  for (let round = 0; round < 10; round++) {
    const next = plan(now);
    if (next.actions.length > 0 || sameJson(next.status, now.status)) return next;
    now = { ...now, status: next.status };
  }
  throw new Error('not settled after 10 rounds');
}
