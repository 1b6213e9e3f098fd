import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ScheduleTimer } from '../../../src/init/schedule-timer.ts';

const openFds = () => readdirSync('/proc/self/fd').length;
let timer: ScheduleTimer | undefined;
afterEach(() => {
  timer?.cancel();
  vi.useRealTimers();
});

describe('schedule timer for cron', () => {
  test('comes at the times it said, each once', async () => {
    const planned: (string | undefined)[] = [];
    const came: number[] = [];
    await new Promise<void>((resolve) => {
      timer = new ScheduleTimer({ cron: '* * * * * *', concurrency: 'forbid' }, () => {
        came.push(Date.now());
        if (came.length === 2) resolve();
        else planned.push(timer?.plan());
      });
      planned.push(timer.plan());
    });
    const [first, second] = planned.map((text) => Date.parse(text ?? ''));
    // the next second after it came, which on a busy machine may be late
    expect(second).toBe(Math.floor((came[0] ?? 0) / 1000) * 1000 + 1000);
    expect(came[0]).toBeGreaterThanOrEqual(first ?? 0);
    expect(came[1]).toBeGreaterThanOrEqual(second ?? 0);
  });

  test('says the next time in UTC and holds one descriptor for it, none after cancel', () => {
    const before = openFds();
    timer = new ScheduleTimer({ cron: '30 2 * * *', timeZone: 'Europe/Berlin', concurrency: 'forbid' }, () => {});
    expect(timer.plan()).toMatch(/^\d{4}-\d\d-\d\dT0[01]:30:00\.000Z$/);
    expect(timer.plan()).toMatch(/Z$/);
    expect(openFds()).toBe(before + 1);
    timer.cancel();
    timer.cancel();
    expect(openFds()).toBe(before);
  });

  test('has nothing to wait for when there is no such time', () => {
    const before = openFds();
    timer = new ScheduleTimer({ cron: '0 0 30 2 *', concurrency: 'forbid' }, () => {});
    expect(timer.plan()).toBeUndefined();
    expect(openFds()).toBe(before);
  });
});

describe('schedule timer for intervals', () => {
  const start = Date.UTC(2026, 0, 1);
  const clock = { now: start, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] as const };

  test('keeps its rhythm from start to start, also when it is asked late', () => {
    vi.useFakeTimers({ ...clock, toFake: [...clock.toFake] });
    const came: number[] = [];
    timer = new ScheduleTimer({ everyMs: 30_000, concurrency: 'forbid' }, () => came.push(Date.now() - start));
    expect(timer.plan()).toBe('2026-01-01T00:00:30.000Z');
    vi.advanceTimersByTime(30_000);
    expect(came).toEqual([30_000]);
    vi.advanceTimersByTime(12_000);
    expect(timer.plan()).toBe('2026-01-01T00:01:00.000Z');
    expect(timer.plan()).toBe('2026-01-01T00:01:00.000Z');
    vi.advanceTimersByTime(100_000);
    expect(came).toEqual([30_000, 60_000]);
    expect(timer.plan()).toBe('2026-01-01T00:02:30.000Z');
    timer.cancel();
    vi.advanceTimersByTime(100_000);
    expect(came).toEqual([30_000, 60_000]);
  });

  test('does not mind the clock being set, nor 100 days', () => {
    vi.useFakeTimers({ ...clock, toFake: [...clock.toFake] });
    const day = 86_400_000;
    let came = 0;
    timer = new ScheduleTimer({ everyMs: 100 * day, concurrency: 'forbid' }, () => came++);
    timer.plan();
    vi.setSystemTime(start + 365 * day);
    vi.advanceTimersByTime(100 * day - 1);
    expect(came).toBe(0);
    vi.advanceTimersByTime(1);
    expect(came).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
