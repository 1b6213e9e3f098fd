import { describe, expect, test } from 'vitest';
import { aProcess, complaintsOfProcess, errorsOf, withProcesses } from './a-manifest.ts';

const cronHint =
  'minute hour day month weekday, with seconds before them if wanted: "*/5 * * * *", "0 30 2 * * MON-FRI", @daily';

describe('a schedule is refused with', () => {
  test.each<[string, unknown, string]>([
    [
      'three fields',
      '* * *',
      `schedule: Invalid value: "* * *": a cron expression has five or six fields, not 3 (${cronHint})`,
    ],
    [
      'seven fields',
      '* * * * * * 2030',
      `schedule: Invalid value: "* * * * * * 2030": a cron expression has five or six fields, not 7 (${cronHint})`,
    ],
    [
      'a date',
      '2030-01-01T00:00:00',
      `schedule: Invalid value: "2030-01-01T00:00:00": a cron expression has five or six fields, not 1 (${cronHint})`,
    ],
    ['nothing', '', `schedule: Invalid value: "": a cron expression has five or six fields, not 0 (${cronHint})`],
    ['minute 61', '61 * * * *', `schedule: Invalid value: "61 * * * *": invalid value for minute: 61 (${cronHint})`],
    [
      '30 February',
      '0 0 30 2 *',
      'schedule: Invalid value: "0 0 30 2 *": there is no such time, the program would never start',
    ],
    [
      '@reboot',
      '@reboot',
      'schedule: Invalid value: "@reboot": is no time (without schedule a program starts with its container)',
    ],
    [
      'a misspelt nickname',
      '@dayly',
      'schedule: Invalid value: "@dayly": must be one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly (did you mean "@daily"?)',
    ],
    ['neither cron nor every', {}, 'schedule: Required value: must specify one of: cron, every'],
    [
      'both',
      { cron: '@daily', every: '3s' },
      'schedule.every: Forbidden: may not be given together with cron (remove one of them)',
    ],
    ['every 0s', { every: '0s' }, 'schedule.every: Invalid value: "0s": must be greater than 0'],
    [
      'every 10,000 hours',
      { every: '10000h' },
      'schedule.every: Invalid value: "10000h": must be at most a year (8784h)',
    ],
    ['a number', { every: 30 }, 'schedule.every: must be a duration, not the number 30 (examples: 100ms, 10s, 5m, 1h)'],
    [
      'an unknown zone',
      { cron: '@daily', timeZone: 'Europe/Berln' },
      'schedule.timeZone: Invalid value: "Europe/Berln": is not the IANA name of a time zone (did you mean "Europe/Berlin"?)',
    ],
    [
      'two at once',
      { cron: '@daily', concurrencyPolicy: 'Allow' },
      'schedule.concurrencyPolicy: Invalid value: "Allow": a program never runs twice at once (use Forbid or Replace)',
    ],
    [
      'a policy in lower case',
      { cron: '@daily', concurrencyPolicy: 'replace' },
      'schedule.concurrencyPolicy: Unsupported value: "replace": supported values: "Forbid", "Replace" (did you mean "Replace"?)',
    ],
  ])('%s', (_, schedule, error) => {
    expect(complaintsOfProcess({ schedule })).toEqual([error]);
  });

  test('what contradicts it', () => {
    expect(complaintsOfProcess({ schedule: '@daily', essential: true, restart: 'always' })).toEqual([
      'restart: Invalid value: "always": a program with a schedule has to end (use never, onFailure or unexpected)',
      'essential: Forbidden: may not be given together with schedule (a program that comes and goes cannot keep its container)',
    ]);
  });

  test('thousands that never fire, in little time', () => {
    const processes = Array.from({ length: 1_900 }, (_, index) =>
      aProcess({ name: `p${index}`, schedule: `${index % 60} ${index % 24} 31 2,4,6 *` }),
    );
    expect(errorsOf(withProcesses(processes))).toHaveLength(20);
  });
});
