/** How long after the grace an init is given to end by itself before podd kills it. Pure. */
import { minimumGraceMs } from '../model/lifecycle-spec.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';

/** Kubernetes' extra time for an init beyond the grace of its programs. */
const extraMs = 2_000;

/** A preStop that uses the grace up leaves programs the minimum beyond it: only after that does PID 1 kill them, and say how it ended. */
export const stopExtraMs = (container: Pick<ContainerSpec, 'health'> | undefined): number =>
  container?.health?.preStop === undefined ? extraMs : minimumGraceMs + extraMs;
