/** The first call runs at once, those that come within the next `everyMs` together at its end: nothing is late by more, nothing is lost. */
export function throttle(run: () => void, everyMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const fire = (): void => {
    isDue = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) fire();
    }, everyMs).unref();
    run();
  };
  return () => {
    if (timer === undefined) fire();
    else isDue = true;
  };
}
