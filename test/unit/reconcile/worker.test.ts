import { expect, test, vi } from 'vitest';
import { createWorker } from '../../../src/reconcile/worker.ts';

test('a poke out of the pass itself makes one more pass after it, and leaves one timer', async () => {
  vi.useFakeTimers();
  try {
    let under = 0;
    let passes = 0;
    const worker = createWorker(async () => {
      under += 1;
      passes += 1;
      expect(under).toBe(1);
      if (passes === 1) worker.poke();
      await Promise.resolve();
      under -= 1;
      return performance.now() + 60_000;
    }, performance.now.bind(performance));
    worker.poke();
    await vi.advanceTimersByTimeAsync(0);
    expect([passes, vi.getTimerCount()]).toEqual([2, 1]);
    await worker.stop();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
