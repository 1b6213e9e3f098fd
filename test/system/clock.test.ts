/** Schedules while the wall clock is set. It is the machine's one clock: only inside the machine of vm.sh. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScheduleTimer } from '../../src/init/schedule-timer.ts';
import { within } from '../support/wait-for.ts';

const isOwnMachine = process.env.PODCTL_TEST_IN_VM !== undefined;
if (!isOwnMachine) console.warn('clock.test.ts runs inside the machine of v2-vm.test.ts only: it sets the clock');

const day = 86_400_000;
const setClock = (at: string): void => {
  execFileSync('date', ['-u', '-s', at]);
};

describe.skipIf(!isOwnMachine)('a schedule while the clock is set', () => {
  let clockBefore: number;
  let before: number;
  let timer: ScheduleTimer;
  beforeEach(() => {
    clockBefore = Date.now();
    before = performance.now();
  });
  afterEach(() => {
    timer.cancel();
    setClock(`@${Math.round((clockBefore + performance.now() - before) / 1000)}`);
  });

  /** Plans, and what happens next: `due`, or the new plan. */
  function planned(cron: string): { readonly next: string | undefined; readonly heard: () => Promise<string> } {
    let hear: (what: string) => void = () => {};
    const listen = () =>
      new Promise<string>((resolve) => {
        hear = resolve;
      });
    let heard = listen();
    timer = new ScheduleTimer(
      { cron, concurrency: 'forbid' },
      () => hear('due'),
      (next) => hear(`next ${next}`),
    );
    const next = timer.plan();
    return {
      next,
      heard: () => {
        const waiting = within('the timer notices the clock', 10_000, heard);
        return waiting.finally(() => {
          heard = listen();
        });
      },
    };
  }

  test('is due once when the clock jumps over its times by a year', async () => {
    setClock('2027-03-01 12:00:00');
    const schedule = planned('0 0 * * *');
    expect(schedule.next).toBe('2027-03-02T00:00:00.000Z');
    setClock('2028-03-01 12:00:00');
    expect(await schedule.heard()).toBe('due');
    expect(timer.plan()).toBe('2028-03-02T00:00:00.000Z');
  });

  test('is planned anew when the clock goes back by a year', async () => {
    setClock('2028-03-01 12:00:00');
    const schedule = planned('0 0 * * *');
    setClock('2027-03-01 12:00:00');
    expect(await schedule.heard()).toBe('next 2027-03-02T00:00:00.000Z');
  });

  test('comes at its new time', async () => {
    setClock('2027-03-01 12:00:00');
    const schedule = planned('0 0 * * *');
    setClock('2027-03-01 23:59:58');
    expect(await schedule.heard()).toBe('next 2027-03-02T00:00:00.000Z');
    expect(await schedule.heard()).toBe('due');
    expect(Math.floor(Date.now() / day)).toBe(Date.UTC(2027, 2, 2) / day);
  });

  test('does not repeat a time when the clock is corrected by minutes', async () => {
    setClock('2027-03-01 11:59:59');
    const schedule = planned('0 * * * *');
    expect(await schedule.heard()).toBe('due');
    setClock('2027-03-01 11:50:00');
    expect(timer.plan()).toBe('2027-03-01T13:00:00.000Z');
  });
});
