/** Kubernetes' GetScaledIntOrPercent and what a rolling update makes of it. */
import type { IntOrPercent, RollingUpdateSpec } from '../model/workload-spec.ts';

/** A share is rounded in the given direction; anything else than `25%` or a number counts as 0. */
export function scaledNumber(value: IntOrPercent, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d{1,9})%$/.exec(value) ?? [];
  const exact = (Number(percent ?? 0) * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** How many pods more and fewer than `replicas` there may be: never neither (deployment util ResolveFenceposts). */
export function rollingBounds(
  { maxSurge, maxUnavailable }: RollingUpdateSpec,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaledNumber(maxSurge, replicas, 'up');
  const unavailable = scaledNumber(maxUnavailable, replicas, 'down');
  return { surge, unavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, replicas) };
}
