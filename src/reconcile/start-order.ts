/** Which container may start: init containers one after the other, sidecars in between, the others when all of those are there. Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { isStarted } from './container-readiness.ts';
import { isLive, type PodView } from './pod-view.ts';
import { isFinished, succeeded } from './restart-policy.ts';

/** False for an init container that has done its part: it does not run again before the pod is initialised anew. */
export function hasPart({ role }: Pick<ContainerSpec, 'role'>, { life }: Pick<PodView, 'life'>): boolean {
  return role !== 'init' || !life.initialised;
}

/** True when all that has to be there before it is there. */
export function isItsTurn(container: ContainerSpec, { containers }: PodSpec, view: PodView): boolean {
  if (view.life.initialised) return true;
  if (container.role === undefined) return false;
  const index = containers.indexOf(container);
  // A sidecar that those after it need starts again beside them; an init container has the pod to itself.
  const isAlone = containers.slice(index + 1).every(({ name }) => !isLive(view.containers.get(name)?.instance));
  const isFree = container.role === 'sidecar' || isAlone;
  return isFree && containers.slice(0, index).every((before) => hasPassed(before, view));
}

/** What comes after it can start: it has succeeded, or as a sidecar it has started. */
export function hasPassed(container: ContainerSpec, view: PodView): boolean {
  const seen = view.containers.get(container.name);
  if (container.role === 'sidecar') return seen?.instance !== undefined && isStarted(seen.instance);
  const exit = seen?.run.lastExit;
  return seen !== undefined && exit !== undefined && isFinished(container, seen.run) && succeeded(exit);
}
