import { podInitName } from '../model/action.ts';
import type { Pod } from './pod.ts';

/** Containers that run, over all pods. */
export function countRunning(pods: readonly Pod[]): number {
  const slots = pods.flatMap(({ containers }) => [...containers]);
  return slots.filter(([name, { instance }]) => name !== podInitName && instance?.view().state === 'running').length;
}
