/** Which running containers are not to go on. Pure. */
import type { RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { containerDrift } from './container-drift.ts';
import type { InstanceView, PodView } from './pod-view.ts';

export const stoppedByRequest = 'stopped by request';
export const specChanged = 'its spec changed';
export const podDeleted = 'the pod is deleted';

/** Why a running instance is not to go on; undefined when it is. */
export function endReason(container: ContainerSpec, instance: InstanceView, view: PodView): string | undefined {
  const run: RunRecord | undefined = view.containers.get(container.name)?.run;
  if (run?.stopped === true) return stoppedByRequest;
  if (run?.restartId === instance.id) return 'restarted by request';
  if (instance.spec !== undefined && containerDrift(instance.spec, container) === 'restart') return specChanged;
  const stale = Object.entries(instance.joined).find(([owner, id]) => isReplaced(owner, id, view));
  return stale === undefined ? undefined : `${stale[0]}, whose namespace it joined, was started anew`;
}

/** Only a new living owner makes the joined namespace stale: one that ended for good leaves it to those who are in it. */
function isReplaced(owner: string, id: string, view: PodView): boolean {
  const current = view.containers.get(owner)?.instance;
  return current?.state === 'running' && current.id !== id;
}
