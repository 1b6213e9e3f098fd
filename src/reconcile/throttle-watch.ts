/**
 * Listens for processes that wait for CPU where a CPU limit stands, and tells when it is the limit that makes them wait:
 * bell ──▶ count 5 s ──▶ CPUThrottling when it is much ──▶ silence for a minute. cgroup v1 has no such bell: `podctl top` shows it.
 */
import { type Alarm, openCpuAlarm } from '../cgroup/alarms.ts';
import { readUsage } from '../cgroup/read-usage.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { Usage } from '../protocol/usage.ts';
import { noteworthyShare, throttlingMessage } from './alarm-words.ts';
import { tellAgainMs } from './kill-watch.ts';

/** One cgroup with a CPU limit of its own: the container's or a program's. */
export interface LimitedCgroup {
  /** relative to a hierarchy */
  readonly cgroup: string;
  /** `container app`, `program worker` */
  readonly what: string;
  readonly cpuLimitMillis: number | undefined;
}

const countMs = 5_000;

/** Returns what ends it; undefined where the kernel rings no bell. */
export function watchThrottling(
  layout: CgroupLayout,
  limited: LimitedCgroup,
  tell: (reason: string, message: string) => void,
): (() => void) | undefined {
  let timer: NodeJS.Timeout | undefined;
  const later = (ms: number, act: () => void): void => {
    timer = setTimeout(act, ms).unref();
  };
  const count = (): Usage => readUsage(layout, limited.cgroup, { throttling: true, detail: false, cache: false });
  const compare = (alarm: Alarm, before: Usage): void => {
    const share = throttledShare(before, count());
    if (share >= noteworthyShare) tell('CPUThrottling', throttlingMessage(limited.what, limited.cpuLimitMillis, share));
    later(tellAgainMs, alarm.resume);
  };
  const alarm = openCpuAlarm(layout, limited.cgroup, () => {
    alarm?.pause();
    const before = count();
    if (alarm !== undefined) later(countMs, () => compare(alarm, before));
  });
  if (alarm === undefined) return undefined;
  return () => {
    clearTimeout(timer);
    alarm.close();
  };
}

/** 0 to 1; 0 when no period passed. */
export function throttledShare(before: Usage, after: Usage): number {
  const passed = (after.periods ?? 0) - (before.periods ?? 0);
  const throttled = (after.throttledPeriods ?? 0) - (before.throttledPeriods ?? 0);
  return passed <= 0 ? 0 : Math.max(0, throttled) / passed;
}
