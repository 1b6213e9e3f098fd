/** setTimeout takes 31 bits of milliseconds and takes more to mean at once; 24.8 days. */
const longestTimeoutMs = 0x7fff_ffff;

/** Call onDue once after any number of milliseconds of the monotonic clock; returns what cancels it. */
export function setLongTimeout(onDue: () => void, ms: number): () => void {
  const dueAt = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (restMs: number): void => {
    timer =
      restMs > longestTimeoutMs
        ? setTimeout(() => arm(dueAt - performance.now()), longestTimeoutMs)
        : setTimeout(onDue, Math.max(0, restMs));
  };
  arm(ms);
  return () => clearTimeout(timer);
}
