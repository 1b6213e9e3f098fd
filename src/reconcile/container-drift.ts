/** How far a running container is from its wanted spec. Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { isSame } from './is-same.ts';

export type Drift = 'none' | 'resources' | 'restart';

/** What of a spec stands fixed from the start of a container's run on. */
function fixedPart(container: ContainerSpec): unknown {
  const { root, namespaces, timeOffsets, security, programs } = container;
  return { root, namespaces, timeOffsets, security, programs };
}

/** `restart`: only a new start gives what is wanted; `resources`: cgroup writes do. Ports and restartPolicy need neither. */
export function containerDrift(started: ContainerSpec, wanted: ContainerSpec): Drift {
  if (!isSame(fixedPart(started), fixedPart(wanted))) return 'restart';
  return isSame(started.resources, wanted.resources) ? 'none' : 'resources';
}

/** True when the pod's own shared things differ, which are made once per pod: its hostname. */
export function sandboxDiffers(from: PodSpec, to: PodSpec): boolean {
  return from.hostname !== to.hostname || from.name !== to.name || from.namespace !== to.namespace;
}
