/** Kubernetes' quality of service class of a pod. Pure. */
import type { PodSpec } from '../model/pod-spec.ts';
import type { PodStatus } from '../model/pod-status.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';

/** Guaranteed: cpu and memory limited in every container and requested as much; BestEffort: nothing set anywhere. */
export function qosClass(spec: PodSpec): PodStatus['qosClass'] {
  const resources = spec.containers.map((container) => container.resources);
  if (resources.every(isUnset)) return 'BestEffort';
  return resources.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
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
