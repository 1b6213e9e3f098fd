/** One pod's serial loop: whoever pokes it wants a pass over the newest state; pokes during a pass make one more. */

export interface Worker {
  /** Something changed. The pass begins at once (in this turn) when none is under way. */
  readonly poke: () => void;
  /** Resolves when no pass is under way. */
  readonly idle: () => Promise<void>;
  /** No further pass; resolves when the one under way is over. */
  readonly stop: () => Promise<void>;
}

/** setTimeout(3) takes a 32-bit number of milliseconds; a later deadline is simply looked at earlier. */
const longestTimerMs = 0x7fff_ffff;

/** `pass` brings the pod as far as it can now and returns when to look again (monotonic), or undefined to wait for a poke. It never rejects. */
export function createWorker(pass: () => Promise<number | undefined>, monotonicMs: () => number): Worker {
  let dirty = false;
  let stopped = false;
  // `running` is known only when the pass first waits: what pokes before that, out of the pass itself, must not begin another one.
  let isBusy = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    while (dirty && !stopped) {
      dirty = false;
      const untilMs = await pass();
      if (untilMs !== undefined && !dirty && !stopped) wakeAt(untilMs);
    }
    running = undefined;
    isBusy = false;
  };
  const wakeAt = (untilMs: number): void => {
    // Rounded up: a timer that fires a fraction early would only find that nothing is due yet.
    const delayMs = Math.min(Math.max(Math.ceil(untilMs - monotonicMs()), 1), longestTimerMs);
    timer = setTimeout(poke, delayMs);
  };
  const poke = (): void => {
    clearTimeout(timer);
    dirty = true;
    if (isBusy || stopped) return;
    isBusy = true;
    running = run();
  };
  return {
    poke,
    idle: async () => await running,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
