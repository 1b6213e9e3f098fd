/** Something that is to be open: opened again, with longer and longer pauses, until it is. */

export interface Closable {
  readonly close: () => void;
}

export interface KeptOpen extends Closable {
  /** settles with the first attempt, whether it succeeded or not */
  readonly tried: Promise<void>;
}

const pausesMs = { first: 50, longest: 5_000 };

/**
 * `open` rejects while it cannot be, and calls `onLost` when what it opened has ended by itself. `onState` is told of each failure and,
 * with undefined, of success. An address that is not there yet (EADDRNOTAVAIL) and a port that somebody else still has are waited for.
 */
export function keepOpen(
  open: (onLost: (error: Error) => void) => Promise<Closable>,
  onState: (error: Error | undefined) => void,
): KeptOpen {
  let closed = false;
  let held: Closable | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = pausesMs.first;

  const tryAgain = (error: Error): void => {
    held = undefined;
    if (closed) return;
    onState(error);
    timer = setTimeout(attempt, pauseMs);
    pauseMs = Math.min(pauseMs * 2, pausesMs.longest);
  };
  const attempt = async (): Promise<void> => {
    try {
      const opened = await open(tryAgain);
      if (closed) return opened.close();
      held = opened;
      pauseMs = pausesMs.first;
      onState(undefined);
    } catch (error) {
      tryAgain(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return {
    tried: attempt(),
    close: () => {
      closed = true;
      clearTimeout(timer);
      held?.close();
      held = undefined;
    },
  };
}
