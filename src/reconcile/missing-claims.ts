/** What keeps a pod from being scheduled, in Kubernetes' sense. Pure. */
import { gatedWords, isGated } from '../manifest/scheduling-gates.ts';
import { isClaimMissing } from '../manifest/volume-references.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { hasBegun, type PodView } from './pod-view.ts';

/** In the scheduler's words: claims of the pod that are not there. */
export const missingClaims = ({ containers }: PodSpec): readonly string[] => [
  ...new Set(containers.flatMap(({ missing = [] }) => missing.filter(isClaimMissing))),
];

export interface Unscheduled {
  readonly reason: 'SchedulingGated' | 'Unschedulable';
  readonly message: string;
}

/** Why nothing of the pod is begun; undefined: it is scheduled. What was begun once stays where it is. */
export function unscheduledFor(spec: PodSpec, view: PodView): Unscheduled | undefined {
  if (hasBegun(view)) return undefined;
  if (spec.containers.some(isGated)) return { reason: 'SchedulingGated', message: gatedWords };
  const claims = missingClaims(spec);
  return claims.length === 0 ? undefined : { reason: 'Unschedulable', message: claims.join(', ') };
}
