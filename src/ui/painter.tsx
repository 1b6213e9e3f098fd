/**
 * States to the terminal: Ink lays the screen out, and lines that changed are printed, each at its place. Ink's own printer
 * counts lines relative to the cursor (6.8 loses count where output ends in a newline) and knows nothing of a terminal that others used.
 * Bundled with Ink and React (`npm run bundle:ui`): loading their files one by one takes four times as long.
 */
import { EventEmitter } from 'node:events';
import { render } from 'ink';
import { App } from './app.tsx';
import type { TerminalSize, UiState } from './model.ts';
import { changedLines } from './view-frame.ts';

export interface Painter {
  /** Brings the terminal from the last state to this one. */
  readonly paint: (state: UiState) => void;
  /** The screen was emptied: the next state is painted whole. */
  readonly forget: () => void;
  readonly close: () => void;
}

/** `write` puts text on the terminal. */
export function createPainter(write: (text: string) => void): Painter {
  let shown: readonly string[] = [];
  let frame = '';
  const canvas = createCanvas((text) => {
    frame = text;
  });
  let ink: ReturnType<typeof render> | undefined;
  return {
    paint: (state) => {
      canvas.resize(state.size);
      const app = <App state={state} />;
      // debug: each frame is handed over whole, at once.
      if (ink === undefined) ink = render(app, { stdout: canvas.stream, debug: true, exitOnCtrlC: false });
      else ink.rerender(app);
      const lines = frame.split('\n');
      const changes = changedLines(shown, lines, state.size);
      shown = lines;
      if (changes !== '') write(changes);
    },
    forget: () => {
      shown = [];
    },
    close: () => ink?.unmount(),
  };
}

interface Canvas {
  readonly stream: NodeJS.WriteStream;
  readonly resize: (size: TerminalSize) => void;
}

/** What Ink takes for its terminal. */
function createCanvas(onFrame: (text: string) => void): Canvas {
  const stream = Object.assign(new EventEmitter(), { columns: 80, rows: 24, write: onFrame });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    resize: (size) => {
      Object.assign(stream, size);
    },
  };
}
