/**
 * Where a session is printed: lines that scroll, and on a terminal a line below them that stays. Everything is one write: erase the
 * status line, the new lines, the status line again.
 */
import { cutToWidth } from './terminal-text.ts';

export interface Screen {
  /** Whole lines, each with its newline; `elsewhere`: by this, which may be the same terminal (standard error). */
  readonly print: (text: string, elsewhere?: (text: string) => void) => void;
  /** The line that stays; empty: none. Without a terminal nothing is shown. */
  readonly setStatus: (text: string) => void;
  /** The terminal has another width. */
  readonly resized: () => void;
  /** Takes the status line away. */
  readonly close: () => void;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  /** of the terminal; undefined: there is none */
  readonly columns: () => number | undefined;
  /** the status line is dimmed */
  readonly colour: boolean;
  readonly ellipsis: string;
}

export function createScreen({ write, columns, colour, ellipsis }: ScreenOptions): Screen {
  let status = '';
  /** characters of the line as it is shown */
  let shown = 0;
  const erase = (): string => {
    if (shown === 0) return '';
    // A terminal that has become narrower has broken the line into several.
    const rows = Math.ceil(shown / (columns() ?? shown));
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`;
  };
  const draw = (): string => {
    const room = columns();
    // One less than there is room for: a full line would be broken by some terminals.
    const line = room === undefined ? '' : cutToWidth(status, Math.max(0, room - 1), ellipsis);
    shown = [...line].length;
    return colour && line !== '' ? `\u001b[2m${line}\u001b[0m` : line;
  };
  const redraw = (lines: string): void => {
    const text = erase() + lines + draw();
    if (text !== '') write(text);
  };
  const print: Screen['print'] = (lines, elsewhere) => {
    if (elsewhere === undefined) return redraw(lines);
    const before = erase();
    if (before !== '') write(before);
    shown = 0;
    elsewhere(lines);
    redraw('');
  };
  return {
    print,
    setStatus: (text) => {
      if (text === status) return;
      status = text;
      redraw('');
    },
    resized: () => redraw(''),
    close: () => {
      status = '';
      redraw('');
    },
  };
}
