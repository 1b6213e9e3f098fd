/** As the kubelet tells of a container that it cannot configure, and of volumes that it cannot mount. */
import { isGated } from '../manifest/scheduling-gates.ts';
import { isVolumeMissing } from '../manifest/volume-references.ts';
import { type Engine, noteEvent } from './engine.ts';
import { missingClaims } from './missing-claims.ts';
import { missingVolumes } from './missing-volumes.ts';
import type { Pod } from './pod.ts';

/** One event for each container that is not started before something is there; for the whole pod, where it waits for a claim or a volume. */
export function tellMissing(engine: Engine, pod: Pod): void {
  // As the scheduler: the condition tells it, no event does.
  if (pod.spec.containers.some(isGated)) return;
  const claims = missingClaims(pod.spec);
  if (claims.length > 0) return noteEvent(engine, pod, 'Warning', 'FailedScheduling', claims.join(', '));
  for (const words of missingVolumes(pod.spec)) noteEvent(engine, pod, 'Warning', 'FailedMount', words);
  for (const { name, missing = [] } of pod.spec.containers) {
    const others = missing.filter((what) => !isVolumeMissing(what));
    if (others.length > 0) noteEvent(engine, pod, 'Warning', 'Failed', `Error: ${others.join('; ')}`, name);
  }
}
