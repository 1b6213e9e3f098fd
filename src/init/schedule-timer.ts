/** Wakes PID 1 when a scheduled program is due, and at no other time. */
import { closeSync } from 'node:fs';
import { type FdWatch, readable, watchFd } from '../linux/poll.ts';
import { armWallTimer, openWallTimer, readWallTimer } from '../linux/timerfd.ts';
import type { ScheduleSpec } from '../model/pod-spec.ts';
import { setLongTimeout } from './long-timeout.ts';
import { afterLastTime, nextInterval } from './next-due.ts';
import { nextTime } from './schedule.ts';

/**
 * One program's schedule. After plan() comes onDue once, from the event loop; then plan() is asked again. Cron follows the
 * wall clock, also when it is set; `every` the monotonic one. No time comes twice.
 */
export class ScheduleTimer {
  readonly #schedule: ScheduleSpec;
  readonly #onDue: () => void;
  readonly #onReplanned: (next: string | undefined) => void;
  #wait: { readonly cancel: () => void } | undefined;
  /** the time it was due last: of the wall clock for cron, monotonic for `every` */
  #lastDueMs: number | undefined;

  /** onReplanned: the clock was set, and what plan() returned is no longer the next time. */
  constructor(schedule: ScheduleSpec, onDue: () => void, onReplanned: (next: string | undefined) => void = () => {}) {
    this.#schedule = schedule;
    this.#onDue = onDue;
    this.#onReplanned = onReplanned;
  }

  /** Wait for the next time, instead of an earlier plan; RFC 3339, undefined when there is none. */
  plan(): string | undefined {
    this.cancel();
    const { everyMs } = this.#schedule;
    return everyMs === undefined ? this.#planCron() : this.#planInterval(everyMs);
  }

  cancel(): void {
    this.#wait?.cancel();
    this.#wait = undefined;
  }

  #planInterval(everyMs: number): string {
    const nowMs = performance.now();
    // counted from the first plan on
    this.#lastDueMs ??= nowMs;
    const dueMs = nextInterval(this.#lastDueMs, everyMs, nowMs);
    this.#wait = { cancel: setLongTimeout(() => this.#fire(dueMs), dueMs - nowMs) };
    return new Date(Date.now() + dueMs - nowMs).toISOString();
  }

  #planCron(): string | undefined {
    const due = nextTime(this.#schedule, new Date(afterLastTime(this.#lastDueMs, Date.now())));
    if (due === undefined) return undefined;
    this.#wait = waitForWallTime(due.getTime(), {
      onDue: () => this.#fire(due.getTime()),
      onClockSet: () => this.#replan(due.getTime()),
    });
    return due.toISOString();
  }

  #fire(dueMs: number): void {
    this.cancel();
    this.#lastDueMs = dueMs;
    this.#onDue();
  }

  /** What the clock has jumped over is due once, now. */
  #replan(plannedMs: number): void {
    if (Date.now() >= plannedMs) this.#fire(plannedMs);
    else this.#onReplanned(this.plan());
  }
}

interface WallTimeOutcome {
  readonly onDue: () => void;
  readonly onClockSet: () => void;
}

function waitForWallTime(atMs: number, outcome: WallTimeOutcome): { cancel: () => void } {
  const fd = openWallTimer();
  let watch: FdWatch | undefined;
  const cancel = (): void => {
    if (watch === undefined) return;
    watch.close();
    watch = undefined;
    closeSync(fd);
  };
  armWallTimer(fd, atMs);
  watch = watchFd(fd, readable, () => {
    const woken = readWallTimer(fd);
    if (woken === 'due') outcome.onDue();
    if (woken === 'clockSet') outcome.onClockSet();
  });
  return { cancel };
}
