import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFrameClock, type FrameClock } from '../../../src/ui/frame-clock.ts';

let drawn: number[];
let clock: FrameClock;
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  drawn = [];
  clock = createFrameClock(() => drawn.push(performance.now()));
});
afterEach(() => {
  clock.stop();
  vi.useRealTimers();
});

test('the first change is drawn at once, what follows at most ten times a second', async () => {
  for (let ms = 0; ms < 1000; ms += 10) {
    clock.request(false);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(drawn.length).toBeGreaterThan(8);
  expect(drawn.length).toBeLessThan(12);
  expect(drawn[0]).toBeLessThan(10);
});

test('a key is not kept waiting by changes that can wait', async () => {
  clock.request(false);
  await vi.advanceTimersByTimeAsync(1);
  clock.request(false);
  clock.request(true);
  await vi.advanceTimersByTimeAsync(40);
  expect(drawn).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(500);
  expect(drawn).toHaveLength(2);
});

test('nothing is drawn when nothing changed, or after the end', async () => {
  await vi.advanceTimersByTimeAsync(1000);
  clock.request(false);
  clock.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(drawn).toEqual([]);
});
