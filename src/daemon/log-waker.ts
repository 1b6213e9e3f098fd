/** Wakes a log reader when there may be more to read. */
import { type FSWatcher, watch } from 'node:fs';

export interface LogWaker {
  /** Forgets what happened so far; call it before looking. */
  readonly reset: () => void;
  /** Resolves at the first thing that happened since `reset`, at once when that was already; also when aborted. */
  readonly wait: () => Promise<void>;
  readonly isAborted: () => boolean;
  /** Whether files came or went since the last call (rotations too); true the first time. */
  readonly sawNewFiles: () => boolean;
  readonly close: () => void;
}

/**
 * Watches a directory by inotify(7), together with another source of news. A directory that does not exist yet is tried again at
 * each `reset`. `wait` rejects when the kernel refuses a watch (ENOSPC: fs.inotify.max_user_watches).
 */
export function createLogWaker(
  dir: string,
  subscribe: (wake: () => void) => () => void,
  signal: AbortSignal | undefined,
): LogWaker {
  let watcher: FSWatcher | undefined;
  let happened = false;
  let hasNewFiles = true;
  let failure: unknown;
  let wakeWaiting: (() => void) | undefined;
  const wake = (): void => {
    happened = true;
    wakeWaiting?.();
  };
  const arm = (): void => {
    if (watcher !== undefined) return;
    try {
      watcher = watch(dir, (kind) => {
        hasNewFiles ||= kind === 'rename';
        wake();
      });
      hasNewFiles = true;
      watcher.on('error', (error) => {
        failure = error;
        wake();
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failure = error;
    }
  };
  arm();
  const unsubscribe = subscribe(wake);
  signal?.addEventListener('abort', wake, { once: true });
  return {
    reset: () => {
      happened = false;
      arm();
    },
    wait: async () => {
      if (failure !== undefined) throw new Error(`watch ${dir}`, { cause: failure });
      if (happened || signal?.aborted === true) return;
      await new Promise<void>((resolve) => {
        wakeWaiting = resolve;
      });
      wakeWaiting = undefined;
    },
    isAborted: () => signal?.aborted === true,
    sawNewFiles: () => {
      const had = hasNewFiles;
      hasNewFiles = false;
      return had;
    },
    close: () => {
      watcher?.close();
      unsubscribe();
      signal?.removeEventListener('abort', wake);
    },
  };
}
