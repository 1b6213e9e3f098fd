/** What a request to start means for a pod as a whole. */
import type { ContainerSpec } from '../model/pod-spec.ts';
import { PodError } from '../util/pod-error.ts';
import { beginAnew, type Pod, slotOf, viewOfPod } from './pod.ts';
import { isOver } from './pod-life.ts';
import { isLive } from './pod-view.ts';
import { hasPart } from './start-order.ts';

/**
 * A pod that is over, or of which nothing is left, begins anew: its init containers run again, and its deadline is counted from now.
 * PodError Conflict while what has failed still ends.
 */
export function revivePod(pod: Pod, nowMs: number): void {
  const view = viewOfPod(pod);
  const isAnyLive = [...view.containers.values()].some(({ instance }) => isLive(instance));
  const { failure } = pod.life;
  if (isAnyLive && failure !== undefined)
    throw new PodError(
      'Conflict',
      `pod ${pod.spec.name} has failed (${failure.reason}), and its containers still end`,
      {
        hint: 'start it when they have ended',
      },
    );
  if (isAnyLive || (pod.sandboxHeld && !isOver(pod.spec, view))) return;
  beginAnew(pod, 'init');
  pod.ending = undefined;
  pod.activeSinceMs = nowMs;
}

/** Those of `containers` that a request can start. An init container that has done its part is not among them, and is let go on record. */
export function startable(pod: Pod, containers: readonly ContainerSpec[]): readonly ContainerSpec[] {
  const done = containers.filter((container) => !hasPart(container, pod));
  const [first] = done;
  if (first !== undefined && done.length === containers.length)
    throw new PodError('Conflict', `init container ${first.name} has done its part in pod ${pod.spec.name}`, {
      hint: 'it runs again when the pod is stopped and started as a whole',
    });
  for (const { name } of done) {
    const slot = slotOf(pod, name);
    const { stopped: _stopped, ...run } = slot.run;
    slot.run = run;
  }
  return containers.filter((container) => !done.includes(container));
}
