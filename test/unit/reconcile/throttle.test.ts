import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { throttle } from '../../../src/reconcile/throttle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('runs the first call at once and those of the next 50 ms together', () => {
  let runs = 0;
  const call = throttle(() => runs++, 50);
  for (let n = 0; n < 10; n++) call();
  expect(runs).toBe(1);
  vi.advanceTimersByTime(49);
  expect(runs).toBe(1);
  vi.advanceTimersByTime(1);
  expect(runs).toBe(2);
  call();
  expect(runs).toBe(2);
  vi.advanceTimersByTime(50);
  expect(runs).toBe(3);
  vi.advanceTimersByTime(1_000);
  expect(runs).toBe(3);
  call();
  expect(runs).toBe(4);
});
