/**
 * Protection of memory on v2 (memory.low, memory.min) counts only as far as every directory above has as much of it: what is below asks
 * for it all the way up (cgroup-v2.rst, "memory.low"). A directory that names its own keeps to that. Pure.
 */
import type { AppliedResources } from '../model/pod-record.ts';

/** What the directories below one are to be protected of, together. */
export type Kept = Pick<AppliedResources, 'keptLowBytes' | 'keptMinBytes'>;

/** memory.low of a directory; undefined: none. */
export const lowOf = ({ memoryLowBytes, memoryRequestBytes, keptLowBytes }: AppliedResources): number | undefined =>
  memoryLowBytes ?? memoryRequestBytes ?? keptLowBytes;

/** memory.min of a directory; undefined: none. */
export const minOf = ({ memoryMinBytes, keptMinBytes }: AppliedResources): number | undefined =>
  memoryMinBytes ?? keptMinBytes;

/** Of the directories below. */
export function keptOf(below: Iterable<AppliedResources>): Kept {
  let low = 0;
  let min = 0;
  for (const one of below) {
    low += lowOf(one) ?? 0;
    min += minOf(one) ?? 0;
  }
  return { ...(low === 0 ? {} : { keptLowBytes: low }), ...(min === 0 ? {} : { keptMinBytes: min }) };
}
