/** What a pod requests that this machine does not have: Kubernetes would find no node for it. Pure. */
import type { ProblemSink } from '../manifest/field-problem.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { requestedAtOnce } from './plan-requests.ts';

/** Of the machine as a whole; absent: not known, and not judged. */
export interface Capacity {
  readonly memoryBytes: number;
  readonly cpus?: number;
}

/** Warns once for CPU and once for memory. Other pods are not looked at: here all share what there is. */
export function judgeCapacity(
  pod: Pick<PodSpec, 'resources' | 'containers'>,
  capacity: Capacity,
  problems: ProblemSink,
): void {
  const requested = (name: 'cpuRequestMillis' | 'memoryRequestBytes'): number =>
    pod.resources?.[name] ?? requestedAtOnce(pod.containers, name);
  const warn = (what: string, wanted: string, there: string): void =>
    problems.warn(
      ['spec', pod.resources === undefined ? 'containers' : 'resources'],
      `requests ${wanted} of ${what}, and this machine has ${there}: Kubernetes would not schedule it, here it starts`,
    );
  const memory = requested('memoryRequestBytes');
  if (memory > capacity.memoryBytes) warn('memory', inGi(memory), inGi(capacity.memoryBytes));
  const cpuMillis = requested('cpuRequestMillis');
  const { cpus } = capacity;
  if (cpus !== undefined && cpuMillis > cpus * 1000) warn('CPU', String(cpuMillis / 1000), String(cpus));
}

const inGi = (bytes: number): string => `${Math.round((bytes / 2 ** 30) * 10) / 10}Gi`;
