/** How long a Job waits before it replaces pods that failed: 10 s, doubling, at most 6 min (Kubernetes' documentation of Jobs). Pure. */
import type { OwnedPod } from '../model/workload.ts';

const firstDelayMs = 10_000;
const lastDelayMs = 360_000;

/** Before this time none is made; 0: now. Each success begins anew. A failure in the future (the clock was set back) holds nothing up. */
export function retryAtMs(pods: readonly OwnedPod[], nowMs: number): number {
  const endOf = ({ finishedMs, createdMs }: OwnedPod): number => finishedMs ?? createdMs;
  const ended = pods.filter(({ isDeleting }) => !isDeleting);
  const successMs = Math.max(0, ...ended.filter(({ phase }) => phase === 'Succeeded').map(endOf));
  const failures = ended.filter((pod) => pod.phase === 'Failed' && endOf(pod) > successMs).map(endOf);
  const lastMs = Math.max(0, ...failures);
  if (failures.length === 0 || lastMs > nowMs) return 0;
  return lastMs + Math.min(firstDelayMs * 2 ** (failures.length - 1), lastDelayMs);
}
