/** What /proc tells of one thread, proc_pid_stat(5), sched-stats.rst. Pure. */
import type { ThreadSample } from './load-average.ts';

export interface ThreadTexts {
  readonly id: number;
  readonly stat: string;
  /** '' where the kernel keeps no such figures */
  readonly schedstat: string;
}

/** Sums up the threads that were looked at, `count` being how many there are. */
export function sampleOf(threads: readonly ThreadTexts[], count: number): ThreadSample {
  const waitedMs = new Map<number, number>();
  const switches = new Map<number, number>();
  const states = threads.map(({ stat }) => stat.charAt(stat.lastIndexOf(')') + 2));
  const scale = threads.length === 0 ? 1 : count / threads.length;
  for (const { id, schedstat } of threads) {
    const [, waitedNs, timeslices] = schedstat.split(' ').map(Number);
    if (waitedNs === undefined || timeslices === undefined) continue;
    waitedMs.set(id, (waitedNs / 1e6) * scale);
    switches.set(id, timeslices * scale);
  }
  const inState = (state: string): number => Math.round(states.filter((each) => each === state).length * scale);
  return { running: inState('R'), blocked: inState('D'), waitedMs, switches };
}
