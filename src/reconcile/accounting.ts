/** What is counted, for those who ask: by the kernel of pods, by podd of its own doings. */
import type { ContainerStatus } from '../model/pod-status.ts';
import type { PodUsage } from '../protocol/usage.ts';
import type { Engine } from './engine.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';
import { readPodUsage } from './read-pod-usage.ts';

export interface Accounting {
  /** What the kernel counts of the pod, its containers and programs now; undefined when there is no such pod. */
  readonly usage: (namespace: string, name: string) => PodUsage | undefined;
  /** How often each kind of action was performed and refused since podd began. */
  readonly actions: () => readonly ActionCount[];
}

export interface ActionCount {
  readonly action: string;
  readonly performed: number;
  readonly refused: number;
}

/** Reads nothing before it is asked. */
export function createAccounting(
  { deps, actionCounts }: Pick<Engine, 'deps' | 'actionCounts'>,
  table: PodTable,
  statusesOf: (pod: Pod) => readonly ContainerStatus[],
): Accounting {
  return {
    usage: (namespace, name) => {
      const pod = table.visible(namespace, name);
      return pod === undefined ? undefined : readPodUsage(pod, statusesOf(pod), deps);
    },
    actions: () => [...actionCounts].map(([action, counts]) => ({ action, ...counts })),
  };
}
