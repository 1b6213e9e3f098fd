/** When a cron expression is due: croner's parser and calendar, none of its timers. */
import { Cron } from 'croner';
import type { ScheduleSpec } from '../model/pod-spec.ts';

type Calendar = Pick<Cron, 'nextRun'>;

const calendars = new WeakMap<ScheduleSpec, Calendar>();

/**
 * The first time of the schedule's cron expression after `after`, whole seconds; undefined when there is none (30
 * February), and for what croner refuses, which no manifest that was accepted holds. In a time zone whose clocks change,
 * a fixed time (`30 2 * * *`) that is left out comes at the end of the gap and one that occurs twice comes once, the
 * first time; others (`every ten minutes`) follow the clock: not in the gap, and twice where the hour is.
 */
export function nextTime(schedule: ScheduleSpec, after: Date): Date | undefined {
  if (schedule.cron === undefined) return undefined;
  try {
    const calendar = calendars.get(schedule) ?? readCalendar(schedule.cron, schedule.timeZone);
    calendars.set(schedule, calendar);
    return calendar.nextRun(after) ?? undefined;
  } catch {
    return undefined;
  }
}

/** UTC as an offset: naming it would load the time zone tables, 19 ms and 2 MB of PID 1. */
function readCalendar(cron: string, timeZone = 'UTC'): Calendar {
  const zone = ['UTC', 'Etc/UTC'].includes(timeZone) ? { utcOffset: 0 } : { timezone: timeZone };
  return new Cron(cron, { paused: true, mode: '5-or-6-parts', ...zone });
}
