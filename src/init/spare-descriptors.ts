/** PID 1's own descriptors when its programs are many. */
import { closeSync } from 'node:fs';
import { duplicate } from '../linux/descriptors.ts';
import { readRlimit } from '../linux/rlimits.ts';

/** What programs leave free at most: for podd's connections, exec sessions, probes, stop and reload commands. */
const mostSpared = 64;

/**
 * Throws, before a program is started, when so few descriptors are left that PID 1 could neither answer podd nor say why.
 * `devNull`: any open descriptor.
 */
export function spareDescriptors(devNull: number): void {
  const { soft } = readRlimit('nofile');
  if (soft === 'unlimited') return;
  const lowestFree = duplicate(devNull);
  closeSync(lowestFree);
  if (lowestFree < soft - Math.min(mostSpared, soft / 8)) return;
  throw new Error(
    `PID 1 may have no more than ${soft} open files, and its programs have taken them: raise the limit podd is started with (ulimit -n, LimitNOFILE=)`,
  );
}
