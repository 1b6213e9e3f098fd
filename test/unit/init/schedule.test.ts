import { describe, expect, test } from 'vitest';
import { nextTime } from '../../../src/init/schedule.ts';
import type { ScheduleSpec } from '../../../src/model/pod-spec.ts';

/** The next times as `MM-DD HH:MM:SS` of UTC. */
function timesOf(cron: string, timeZone: string | undefined, after: string, count: number): string[] {
  const schedule: ScheduleSpec = { cron, concurrency: 'forbid', ...(timeZone === undefined ? {} : { timeZone }) };
  const times: string[] = [];
  for (let at = nextTime(schedule, new Date(after)); at !== undefined; at = nextTime(schedule, at)) {
    times.push(at.toISOString().slice(5, 19).replace('T', ' '));
    if (times.length === count) return times;
  }
  return times;
}

describe('next time of a schedule', () => {
  test.each([
    ['every five minutes', '*/5 * * * *', '2026-01-01T00:03:30Z', ['01-01 00:05:00', '01-01 00:10:00']],
    ['a time that is now comes again only later', '0 * * * *', '2026-01-01T01:00:00Z', ['01-01 02:00:00']],
    ['a time within this second is still to come', '* * * * * *', '2026-01-01T00:00:00.999Z', ['01-01 00:00:01']],
    ['six fields have seconds', '*/20 * * * * *', '2026-01-01T00:00:45Z', ['01-01 00:01:00', '01-01 00:01:20']],
    ['@daily', '@daily', '2026-02-28T12:00:00Z', ['03-01 00:00:00']],
    ['names of months and days', '0 12 * JAN-MAR MON', '2026-03-25T00:00:00Z', ['03-30 12:00:00', '01-04 12:00:00']],
    ['day of month or day of week', '0 0 13 * FRI', '2026-11-10T00:00:00Z', ['11-13 00:00:00', '11-20 00:00:00']],
    ['a leap day', '0 0 29 2 *', '2026-01-01T00:00:00Z', ['02-29 00:00:00']],
  ])('%s', (_name, cron, after, times) => {
    expect(timesOf(cron, undefined, after, times.length)).toEqual(times);
  });

  // Europe/Berlin 2026: 02:00 → 03:00 on 29 March (01:00 UTC), 03:00 → 02:00 on 25 October (01:00 UTC)
  test.each([
    ['follows summer time', '0 12 * * *', '2026-03-28T00:00:00Z', ['03-28 11:00:00', '03-29 10:00:00']],
    [
      'comes after the gap when it lies in it',
      '30 2 * * *',
      '2026-03-28T12:00:00Z',
      ['03-29 01:00:00', '03-30 00:30:00'],
    ],
    ['comes once when it occurs twice', '30 2 * * *', '2026-10-24T12:00:00Z', ['10-25 00:30:00', '10-26 01:30:00']],
    [
      'of every hour comes every hour at a gap',
      '30 * * * *',
      '2026-03-29T00:00:00Z',
      ['03-29 00:30:00', '03-29 01:30:00'],
    ],
    [
      'of every hour comes every hour at an overlap',
      '30 * * * *',
      '2026-10-25T00:00:00Z',
      ['10-25 00:30:00', '10-25 01:30:00', '10-25 02:30:00'],
    ],
  ])('in a time zone: %s', (_name, cron, after, times) => {
    expect(timesOf(cron, 'Europe/Berlin', after, times.length)).toEqual(times);
  });

  test('takes UTC for UTC, under each of its names', () => {
    for (const zone of [undefined, 'UTC', 'Etc/UTC', 'Etc/GMT'])
      expect(timesOf('30 2 * * *', zone, '2026-03-29T00:00:00Z', 1)).toEqual(['03-29 02:30:00']);
  });

  test.each([
    ['a day that does not exist', '0 0 30 2 *', undefined],
    ['what is no cron expression', 'now and then', undefined],
    ['a zone that does not exist', '* * * * *', 'Middle/Earth'],
  ])('never comes for %s', (_name, cron, zone) => {
    expect(timesOf(cron, zone, '2026-01-01T00:00:00Z', 1)).toEqual([]);
  });

  test('has no times for an interval', () => {
    expect(nextTime({ everyMs: 1000, concurrency: 'forbid' }, new Date())).toBeUndefined();
  });
});
