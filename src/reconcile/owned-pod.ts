/** A pod as a controller judges it. Pure. */
import type { ContainerExit, ContainerStatus, PodStatus } from '../model/pod-status.ts';
import type { OwnedPod, OwnerReference } from '../model/workload.ts';
import type { Pod } from './pod.ts';

/** `readySinceMs`: where that is known better than by the condition's own time. */
export function ownedPod(
  {
    uid,
    creationTimestamp,
    manifest,
    spec,
    phase,
  }: Pick<Pod, 'uid' | 'creationTimestamp' | 'manifest' | 'spec' | 'phase'>,
  status: PodStatus,
  owner: OwnerReference | undefined,
  readySinceMs?: number,
): OwnedPod {
  const containers = [...(status.initContainerStatuses ?? []), ...status.containerStatuses];
  const exits = containers.flatMap(exitOf);
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  return {
    ...{ name: spec.name, uid, labels: manifest.metadata.labels ?? {} },
    annotations: manifest.metadata.annotations ?? {},
    ...(owner === undefined ? {} : { owner }),
    phase: status.phase,
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    isReady,
    ...(isReady ? { readySinceMs: readySinceMs ?? Date.parse(ready.lastTransitionTime) } : {}),
    createdMs: Date.parse(creationTimestamp),
    isDeleting: phase !== 'sync',
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    mostRestarts: Math.max(0, ...status.containerStatuses.map(({ restartCount }) => restartCount)),
    conditions: status.conditions,
    exitCodes: Object.fromEntries(exits.map(([name, { exitCode }]) => [name, exitCode])),
    ...(exits.length === 0
      ? {}
      : { finishedMs: Math.max(...exits.map(([, { finishedAt }]) => Date.parse(finishedAt))) }),
  };
}

function exitOf({ name, state }: ContainerStatus): readonly (readonly [string, ContainerExit])[] {
  return 'terminated' in state ? [[name, state.terminated]] : [];
}
