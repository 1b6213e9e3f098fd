/** When a CronJob is due: croner's calendar, Go's `@every`. Pure but for the zone of the machine. */
import { Cron } from 'croner';
import { parseDuration } from '../util/duration.ts';

export interface CronTimes {
  /** the last time up to `nowMs` after `fromMs`; undefined: none */
  readonly lastMs: (fromMs: number, nowMs: number) => number | undefined;
  /** the first time after `afterMs`; undefined: there is none */
  readonly nextMs: (afterMs: number) => number | undefined;
}

/** `everyFromMs`: from when `@every` counts. Undefined for what is no schedule, which no manifest that was accepted holds. */
export function cronTimes(schedule: string, timeZone: string | undefined, everyFromMs: number): CronTimes | undefined {
  const every = /^@every\s+(.+)$/.exec(schedule.trim())?.[1];
  if (every !== undefined) return intervalTimes(parseDuration(every) ?? 0, everyFromMs);
  try {
    return calendarTimes(new Cron(schedule, { paused: true, mode: '5-part', ...zoneOf(timeZone) }));
  } catch {
    return undefined;
  }
}

/** UTC as an offset: naming it would load the time zone tables. None: the machine's, as it is for Kubernetes' controller. */
function zoneOf(timeZone: string | undefined): { readonly timezone?: string; readonly utcOffset?: number } {
  if (timeZone === undefined) return {};
  return ['UTC', 'Etc/UTC'].includes(timeZone) ? { utcOffset: 0 } : { timezone: timeZone };
}

function calendarTimes(cron: Pick<Cron, 'nextRun' | 'previousRuns'>): CronTimes {
  return {
    nextMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime(),
    // Croner looks back from whole seconds, without the second itself.
    lastMs: (fromMs, nowMs) =>
      cron
        .previousRuns(2, new Date(nowMs + 1_000))
        .map((time) => time.getTime())
        .find((timeMs) => timeMs <= nowMs && timeMs > fromMs),
  };
}

/** Whole seconds and no less than one, as robfig/cron has it. */
function intervalTimes(writtenMs: number, everyFromMs: number): CronTimes {
  const everyMs = Math.max(Math.floor(writtenMs / 1000), 1) * 1000;
  const startMs = Math.floor(everyFromMs / 1000) * 1000;
  const lastMs = (nowMs: number): number => startMs + Math.floor((nowMs - startMs) / everyMs) * everyMs;
  return {
    nextMs: (afterMs) => lastMs(Math.max(afterMs, startMs)) + everyMs,
    lastMs: (fromMs, nowMs) => {
      const timeMs = lastMs(nowMs);
      return timeMs > Math.max(fromMs, startMs) ? timeMs : undefined;
    },
  };
}

const manyMissed = 100;

/** More times have passed than Kubernetes takes for granted: looked at until there are that many. */
export function hasMissedMany({ nextMs }: CronTimes, fromMs: number, nowMs: number): boolean {
  let timeMs: number | undefined = fromMs;
  for (let count = 0; count <= manyMissed; count++) {
    timeMs = nextMs(timeMs);
    if (timeMs === undefined || timeMs > nowMs) return false;
  }
  return true;
}
