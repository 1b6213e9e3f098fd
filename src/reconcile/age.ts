/** How long a process has lived. */
import { readFileSync } from 'node:fs';

/** USER_HZ, in which /proc/<pid>/stat counts; 100 on every architecture Node runs on (time(7)). */
const ticksPerSecond = 100;

/** In ms, from the kernel's own clock (proc_uptime(5)), which no change of the wall clock moves; 0 when it cannot be read. */
export function ageMs(startTicks: number): number {
  try {
    const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    return Math.max(uptimeSeconds * 1000 - (startTicks * 1000) / ticksPerSecond, 0);
  } catch {
    return 0;
  }
}
