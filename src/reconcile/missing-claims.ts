/** What keeps a pod from being scheduled, in Kubernetes' sense. Pure. */
import { isClaimMissing } from '../manifest/volume-references.ts';
import type { PodSpec } from '../model/pod-spec.ts';

/** In the scheduler's words: claims of the pod that are not there. */
export const missingClaims = ({ containers }: PodSpec): readonly string[] => [
  ...new Set(containers.flatMap(({ missing = [] }) => missing.filter(isClaimMissing))),
];
