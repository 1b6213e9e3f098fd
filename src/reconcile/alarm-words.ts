/** What alarms are told as, in events. Equal ones are counted together, so nothing in them changes from time to time without need. Pure. */
import type { ResourceSpec } from '../model/resource-spec.ts';

/** `owner`: `program worker`, `exec sessions`; undefined: what else runs in the container. `names`: of the processes, as far as known. */
export function oomMessage(
  container: string,
  owner: string | undefined,
  kills: number,
  names: readonly string[],
): string {
  const processes = kills === 1 ? 'a process' : `${kills} processes`;
  const known = names.length === 0 ? '' : ` (${[...new Set(names)].sort().join(', ')})`;
  const of = owner === undefined ? '' : ` of ${owner}`;
  return `Out of memory: the kernel killed ${processes}${known}${of} in container ${container}`;
}

/** Less than this is the ordinary life of a limit (Prometheus' own rule for Kubernetes, CPUThrottlingHigh). */
export const noteworthyShare = 0.25;

/** `share`: of the periods, 0 to 1; in tenths. */
export function throttlingMessage(what: string, cpuLimitMillis: number | undefined, share: number): string {
  const limit = cpuLimitMillis === undefined ? '' : ` of ${Math.round(cpuLimitMillis)}m`;
  return `The CPU limit${limit} holds ${what} back in about ${Math.round(share * 10) * 10} % of all periods`;
}

export function memoryHighMessage(container: string, { memoryHighBytes }: ResourceSpec): string {
  const limit = memoryHighBytes === undefined ? '' : ` (${memoryHighBytes} bytes)`;
  return `Container ${container} is at its memory.high${limit}: its processes are slowed down, and memory is taken from them`;
}
