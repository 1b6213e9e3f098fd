/** Which pods go first when there are too many (controller_utils.go ActivePodsWithRanks; ranks by node are equal on one machine). */
import type { OwnedPod } from '../model/workload.ts';

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const phaseRank = { Pending: 0, Unknown: 1, Running: 2, Succeeded: 2, Failed: 2 } as const;

/** Pods in the order in which they are to be deleted. */
export function orderForDeletion(pods: readonly OwnedPod[], nowMs: number): readonly OwnedPod[] {
  const rules: readonly ((left: OwnedPod, right: OwnedPod) => number)[] = [
    (left, right) => rank(isAssigned(left)) - rank(isAssigned(right)),
    (left, right) => phaseRank[left.phase] - phaseRank[right.phase],
    (left, right) => rank(left.isReady) - rank(right.isReady),
    (left, right) => costOf(left) - costOf(right),
    (left, right) => (left.isReady && right.isReady ? youngerFirst(left, right, readyMs, nowMs) : 0),
    (left, right) => right.mostRestarts - left.mostRestarts,
    (left, right) => youngerFirst(left, right, ({ createdMs }) => createdMs, nowMs),
  ];
  return [...pods].sort((left, right) => {
    for (const rule of rules) {
      const order = rule(left, right);
      if (order !== 0) return order;
    }
    return left.uid < right.uid ? -1 : 1;
  });
}

const rank = (holds: boolean): number => (holds ? 1 : 0);

const isAssigned = ({ conditions }: OwnedPod): boolean =>
  !conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'False');

function costOf({ annotations }: OwnedPod): number {
  const written = annotations[deletionCost] ?? '0';
  return /^-?\d{1,10}$/.test(written) ? Number(written) : 0;
}

const readyMs = ({ readySinceMs, createdMs }: OwnedPod): number => readySinceMs ?? createdMs;

/** By powers of two of their age, so that a small difference does not decide; pods of one age go by their uid. */
function youngerFirst(left: OwnedPod, right: OwnedPod, since: (pod: OwnedPod) => number, nowMs: number): number {
  const [leftMs, rightMs] = [since(left), since(right)];
  if (leftMs === rightMs) return 0;
  const order = ageRank(nowMs - leftMs) - ageRank(nowMs - rightMs);
  return order === 0 ? (left.uid < right.uid ? -1 : 1) : order;
}

const ageRank = (ageMs: number): number => (ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6)));
