/** fsync of one directory, shared: all who ask while one is under way are served together by the next. */
import { applyWriteStep } from './write-atomically.ts';

/** Each call resolves after an fsync that began after the call. */
export function createSharedSync(path: string): () => Promise<void> {
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = applyWriteStep({ step: 'syncDirectory', path });
    return running;
  };
  return () => {
    next ??= running.catch(() => undefined).then(start);
    return next;
  };
}
