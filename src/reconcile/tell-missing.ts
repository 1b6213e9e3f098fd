/** As the kubelet tells of a container that it cannot configure. */
import { type Engine, noteEvent } from './engine.ts';
import type { Pod } from './pod.ts';

/** One event for each container that is not started before something is there. */
export function tellMissing(engine: Engine, pod: Pod): void {
  for (const { name, missing = [] } of pod.spec.containers) {
    if (missing.length > 0) noteEvent(engine, pod, 'Warning', 'Failed', `Error: ${missing.join('; ')}`, name);
  }
}
