/**
 * A pod's life as a whole. Pure.
 *
 *   initialising ──inits succeeded, sidecars started──▶ initialised ──mains finished──▶ over (sidecars end, in reverse)
 *        ▲  └─an init failed for good, deadline─▶ over       │ deadline ─▶ over
 *        └──────────── all ended ◀─── RestartAllContainers ──┘
 */
import type { PodLife, PodRecord, RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { isLive, type PodView } from './pod-view.ts';
import { isFinished, succeeded } from './restart-policy.ts';
import { hasPassed } from './start-order.ts';

/** Where the pod stands now; the very same object while nothing changed. */
export function nextLife(spec: PodSpec, view: PodView, nowMs: number): PodLife {
  const { life } = view;
  if (view.phase === 'terminating' || view.held || life.failure !== undefined) return life;
  if (isOverdue(spec, view, nowMs)) return { initialised: life.initialised, failure: deadlineFailure };
  if (life.restartAll === true) return isAnyLive(view) ? life : { initialised: false };
  return life.initialised || !isInitialised(spec, view) ? life : { initialised: true };
}

/** The kubelet's words (active_deadline.go). */
const deadlineFailure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

function isOverdue(spec: PodSpec, view: PodView, nowMs: number): boolean {
  const dueMs = deadlineMs(spec, view);
  return dueMs !== undefined && dueMs <= nowMs && !isOver(spec, view);
}

/** When activeDeadlineSeconds is over; undefined: the pod has none. */
export function deadlineMs({ activeDeadlineMs }: PodSpec, { activeSinceMs }: PodView): number | undefined {
  return activeDeadlineMs === undefined ? undefined : activeSinceMs + activeDeadlineMs;
}

/** Mains that live are past it: a pod whose record was lost, or that had no init containers before. */
function isInitialised({ containers }: PodSpec, view: PodView): boolean {
  return (
    containers.every((container) => (container.role === undefined ? true : hasPassed(container, view))) ||
    containers.some(({ name, role }) => role === undefined && isLive(view.containers.get(name)?.instance))
  );
}

/** Nothing of it will run any more by itself: the main containers have ended for good, an init container has, or it failed as a whole. */
export function isOver({ containers }: PodSpec, view: PodView): boolean {
  if (view.life.failure !== undefined) return true;
  const mains = containers.filter(({ role }) => role === undefined);
  return mains.every((main) => hasEnded(main, view)) || hasFailedInit(containers, view);
}

/** All containers that live are to end, though the pod is not deleted. */
export function isEnding(spec: PodSpec, view: PodView): boolean {
  return view.life.restartAll === true || isOver(spec, view);
}

function hasFailedInit(containers: readonly ContainerSpec[], view: PodView): boolean {
  if (view.life.initialised) return false;
  return containers.some((container) => {
    const exit = view.containers.get(container.name)?.run.lastExit;
    return container.role === 'init' && hasEnded(container, view) && exit !== undefined && !succeeded(exit);
  });
}

function hasEnded(container: ContainerSpec, view: PodView): boolean {
  const seen = view.containers.get(container.name);
  return seen !== undefined && !isLive(seen.instance) && isFinished(container, seen.run);
}

const isAnyLive = ({ containers }: PodView): boolean =>
  [...containers.values()].some(({ instance }) => isLive(instance));

/** A container that has run is to run again, though it may have ended for good; its history and count go on. */
export const runAnew = (run: RunRecord): RunRecord => (run.attempt === undefined ? run : { ...run, startAnyway: true });

/** Since when a pod on record is active, by this boot's monotonic clock. Over a reboot only the wall clock tells how long that took. */
export function activeSince(
  { active, bootId, creationTimestamp }: Pick<PodRecord, 'active' | 'bootId' | 'creationTimestamp'>,
  now: { readonly bootId: string; readonly monotonicMs: number; readonly wallMs: number },
): number {
  if (active !== undefined && bootId === now.bootId) return active.atMs - active.ms;
  const sinceCreation = now.wallMs - Date.parse(creationTimestamp);
  return now.monotonicMs - Math.max(sinceCreation || 0, active?.ms ?? 0, 0);
}
