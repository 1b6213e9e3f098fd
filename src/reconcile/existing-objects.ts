/** The table of pods as plans see it: nothing of it can be changed through this. */
import type { ExistingPod } from './plan-apply.ts';
import type { ExistingObjects } from './plan-manifests.ts';
import { type Pod, stoppedContainers } from './pod.ts';
import type { PodTable } from './pod-table.ts';

/** A pod that waits for its predecessor's end is the one that an apply changes. */
export function existingObjects(table: Pick<PodTable, 'held' | 'visible'>): ExistingObjects {
  return {
    pod: (namespace, name) => {
      const pod = table.held(namespace, name) ?? table.visible(namespace, name);
      return pod === undefined ? undefined : existingPod(pod);
    },
    data: () => undefined,
  };
}

function existingPod(pod: Pod): ExistingPod {
  const state = pod.held ? 'held' : pod.phase === 'sync' ? 'live' : 'terminating';
  return { manifest: pod.manifest, spec: pod.spec, state, stopped: stoppedContainers(pod) };
}
