/** Which pods count for a controller. */
import type { OwnedPod } from '../model/workload.ts';

/** It runs or will run: neither ended nor being deleted. */
export const isActive = ({ phase, isDeleting }: OwnedPod): boolean =>
  !isDeleting && phase !== 'Succeeded' && phase !== 'Failed';

/** Ready for long enough (podutil.IsPodAvailable). */
export function isAvailable(pod: OwnedPod, minReadySeconds: number, nowMs: number): boolean {
  if (!pod.isReady) return false;
  return minReadySeconds === 0 || availableAtMs(pod, minReadySeconds) <= nowMs;
}

/** When the next of the pods that are ready has been so for long enough; undefined: all of them have. */
export function nextAvailableMs(pods: readonly OwnedPod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waiting = pods.filter((pod) => pod.isReady && !isAvailable(pod, minReadySeconds, nowMs));
  if (waiting.length === 0) return undefined;
  return Math.min(...waiting.map((pod) => availableAtMs(pod, minReadySeconds)));
}

const availableAtMs = ({ readySinceMs }: OwnedPod, minReadySeconds: number): number =>
  (readySinceMs ?? Number.POSITIVE_INFINITY) + minReadySeconds * 1000;

/** The newest first; what is being deleted is left out. */
export const endedOf = (pods: readonly OwnedPod[]): readonly OwnedPod[] =>
  pods.filter((pod) => !pod.isDeleting && !isActive(pod)).sort((left, right) => right.createdMs - left.createdMs);

const firstReplacementMs = 1_000;
const lastReplacementMs = 300_000;

/** Pods that end as soon as they begin are not to fill the machine: the more have ended, the longer the next one waits. */
export function replaceableAtMs(pods: readonly OwnedPod[]): number {
  const ended = endedOf(pods);
  const [newest] = ended;
  if (newest === undefined) return 0;
  return newest.createdMs + Math.min(firstReplacementMs * 2 ** (ended.length - 1), lastReplacementMs);
}

/** The first of several times; undefined: none of them comes. */
export function earliest(...times: readonly (number | false | undefined)[]): number | undefined {
  const given = times.filter((time): time is number => typeof time === 'number');
  return given.length === 0 ? undefined : Math.min(...given);
}
