/** Kubernetes' quality of service class of a pod. Pure. */
import { requestedAtOnce } from '../cgroup/plan-requests.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { PodStatus } from '../model/pod-status.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';

/**
 * Guaranteed: cpu and memory limited in every container and requested as much; BestEffort: nothing set anywhere. What the pod as
 * a whole sets counts alone (Kubernetes' pod-level resources).
 */
export function qosClass({ resources: pod, containers }: PodSpec): PodStatus['qosClass'] {
  const resources =
    pod === undefined || isUnset(pod) ? containers.map((container) => container.resources) : [ofPod(pod, containers)];
  if (resources.every(isUnset)) return 'BestEffort';
  return resources.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

/** What it does not request itself is what its containers request together. */
function ofPod(pod: ResourceSpec, containers: PodSpec['containers']): ResourceSpec {
  const requested = (name: 'cpuRequestMillis' | 'memoryRequestBytes') => {
    const amount = pod[name] ?? requestedAtOnce(containers, name);
    return amount === 0 ? {} : { [name]: amount };
  };
  return { ...pod, ...requested('cpuRequestMillis'), ...requested('memoryRequestBytes') };
}

function isUnset(resources: ResourceSpec): boolean {
  const { cpuLimitMillis, cpuRequestMillis, memoryLimitBytes, memoryRequestBytes } = resources;
  return [cpuLimitMillis, cpuRequestMillis, memoryLimitBytes, memoryRequestBytes].every((value) => !value);
}

/** A request that is not given equals the limit, as in Kubernetes. */
function isGuaranteed(resources: ResourceSpec): boolean {
  const { cpuLimitMillis: cpu, memoryLimitBytes: memory } = resources;
  if (!cpu || !memory) return false;
  return (resources.cpuRequestMillis ?? cpu) === cpu && (resources.memoryRequestBytes ?? memory) === memory;
}
