/** oom_score_adj as the kubelet sets it, pkg/kubelet/qos/policy.go. Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { qosClass } from '../reconcile/qos-class.ts';

/** PID 1 goes after every program: the kubelet gives its pause process the same. */
export const initOomScore = -998;

/** Of a container's programs: Guaranteed −997, BestEffort 1000, Burstable by the share of the machine's memory requested. */
export function oomScore(pod: PodSpec, container: ContainerSpec, machineBytes: number): number {
  switch (qosClass(pod)) {
    case 'Guaranteed':
      return -997;
    case 'BestEffort':
      return 1_000;
    default:
      return burstableScore(container, machineBytes);
  }
}

function burstableScore({ resources }: ContainerSpec, machineBytes: number): number {
  const request = resources.memoryRequestBytes ?? resources.memoryLimitBytes ?? 0;
  return Math.min(999, Math.max(2, 1_000 - Math.floor((1_000 * request) / machineBytes)));
}
