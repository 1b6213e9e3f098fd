import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type ControllerLoop, createControllerLoop } from '../../../src/workload/controller-loop.ts';
import { noonMs } from './builders.ts';
import { type MemoryAccess, memoryAccess } from './memory-access.ts';

/** For each test of a file a loop of its own over a store in memory, at noon by a clock that stands; what it has logged fails the test. */
export function runningLoop() {
  let access: MemoryAccess;
  let loop: ControllerLoop;

  beforeEach(() => {
    vi.useFakeTimers({ now: noonMs, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    access = memoryAccess();
    loop = createControllerLoop(access);
  });

  afterEach(async () => {
    await loop.stop();
    expect(access.logged).toEqual([]);
    vi.useRealTimers();
  });

  /** Until that time, and all passes that it brings about. */
  const settle = async (ms = 0): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  };
  const statusOf = (kind: string) => access.objects().find((object) => object.kind === kind)?.status;
  /** As the next podd has one, over the same store. */
  const replaceLoop = (): void => {
    loop = createControllerLoop(access);
  };
  return { access: () => access, loop: () => loop, replaceLoop, settle, statusOf };
}
