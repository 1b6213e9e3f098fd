import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StatePublisher } from '../../../src/init/state-publisher.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('many changes of one turn are told once, after it', async () => {
  let told = 0;
  const publisher = new StatePublisher(() => told++);
  for (let i = 0; i < 500; i++) publisher.changed();
  expect(told).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toBe(1);
});

test('telling that takes long is done seldom, and the last change is always told', async () => {
  const told: number[] = [];
  let value = 0;
  const publisher = new StatePublisher(() => {
    told.push(value);
    vi.advanceTimersByTime(5); // what describing 500 programs costs
  });
  for (value = 1; value <= 200; value++) {
    publisher.changed();
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(told.length).toBeLessThan(12);
  expect(told.at(-1)).toBe(201);
});

test('flush tells what is untold, now and once', () => {
  let told = 0;
  const publisher = new StatePublisher(() => told++);
  publisher.flush();
  expect(told).toBe(0);
  publisher.changed();
  publisher.flush();
  publisher.flush();
  expect(told).toBe(1);
});
