/** What Ctrl-C and its kin do. */

const endNow = (): never => process.exit(130);

/** Ctrl-C ends every wait at once; `exec` on a terminal never gets here (raw mode), and its clean-up runs on 'exit'. */
export function endOnInterrupt(): void {
  process.on('SIGINT', endNow);
}

const taken = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndSignal = (typeof taken)[number];

/** From now on these signals only call `onSignal`; the result gives them back. */
export function takeInterrupts(onSignal: (signal: EndSignal) => void): () => void {
  // The new listener first: without any, Node forgets a signal that has come and not been told yet.
  for (const signal of taken) process.on(signal, onSignal);
  process.off('SIGINT', endNow);
  return () => {
    endOnInterrupt();
    for (const signal of taken) process.off(signal, onSignal);
  };
}
