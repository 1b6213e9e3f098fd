/** The ids of pods with a user namespace of their own. */
import { type Engine, noteEvent } from './engine.ts';
import { type Pod, viewOfPod } from './pod.ts';
import { isLive } from './pod-view.ts';

/** At its first start. The record that is written anyway tells of them, and before that the one of the container's start. */
export function assignUsers({ deps }: Engine, pod: Pod): void {
  if (pod.spec.hostUsers === false) pod.users ??= deps.idClaims.take(pod.uid);
}

/** What records say is taken as it is, unless another pod of the machine has it by now; what runs keeps what it has. */
export function keepUsers(engine: Engine, pods: readonly Pod[]): void {
  for (const pod of pods) {
    if (pod.users === undefined || engine.deps.idClaims.keep(pod.uid, pod.users) || isRunning(pod)) continue;
    const message = `Another pod has its ids ${pod.users.base} to ${pod.users.base + pod.users.size - 1}: it gets new ones`;
    noteEvent(engine, pod, 'Warning', 'IdsTaken', message);
    pod.users = undefined;
    engine.save(pod);
  }
}

const isRunning = (pod: Pod): boolean =>
  [...viewOfPod(pod).containers.values()].some(({ instance }) => isLive(instance));

/** Of a pod that is gone. Returns those that waited for some: they are to be looked at again. */
export function releaseUsers({ deps, pods }: Engine, { uid, users }: Pod): readonly Pod[] {
  if (users === undefined) return [];
  deps.idClaims.release(uid, users);
  return pods().filter(({ failures }) => {
    const starved = [...failures].filter(([, { code }]) => code === 'IdsExhausted');
    for (const [key] of starved) failures.delete(key);
    return starved.length > 0;
  });
}
