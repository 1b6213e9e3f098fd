/** When frames are drawn: at once after a pause, else as often as a slow line bears. */

export interface FrameClock {
  /** Something has changed; `isUrgent`: a key was pressed, somebody waits to see what it did. */
  readonly request: (isUrgent: boolean) => void;
  readonly stop: () => void;
}

const calmMs = 100;
const urgentMs = 30;

/** `draw` is called never more often than that. */
export function createFrameClock(draw: () => void): FrameClock {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const frame = (): void => {
    dueAt = Number.POSITIVE_INFINITY;
    draw();
    // After the drawing: a terminal that takes long to take a frame gets fewer of them.
    drawnAt = performance.now();
  };
  return {
    request: (isUrgent) => {
      const due = drawnAt + (isUrgent ? urgentMs : calmMs);
      if (due >= dueAt) return;
      clearTimeout(timer);
      dueAt = due;
      timer = setTimeout(frame, Math.max(0, due - performance.now()));
    },
    stop: () => clearTimeout(timer),
  };
}
