/** `podctl top -w` on a terminal: the newest figures, drawn in place. */

import type { Key } from '../ui/parse-keys.ts';
import { openTerminal } from '../ui/terminal.ts';
import type { TopSort } from './top-rows.ts';

export interface TopScreen {
  /** the order that the user chose last; undefined: none yet */
  readonly sort: () => TopSort | undefined;
  /** Draws anew; `lines` is asked for the width, now and whenever that or the order changes. */
  readonly show: (lines: (width: number) => readonly string[]) => void;
  /** Resolves to the exit code when the user or a signal ends it. */
  readonly ended: Promise<number>;
  /** Gives the terminal back as it was found. */
  readonly close: () => void;
}

const sortKeys: Readonly<Record<string, TopSort>> = { c: 'cpu', m: 'memory', i: 'io', p: 'pids', n: 'name' };
const help = 'q quit  sort: c CPU, m memory, i io, p pids, n name  ↑↓ scroll';

/** Takes the terminal. `write` puts text on it before it returns. */
export function openTopScreen(write: (text: string) => void, look: { readonly utf8: boolean }): TopScreen {
  let sort: TopSort | undefined;
  let top = 0;
  let lines: (width: number) => readonly string[] = () => [];
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const draw = (): void => {
    const { columns, rows } = terminal.size();
    const [head = '', ...body] = lines(columns);
    const room = Math.max(1, rows - 2);
    top = Math.max(0, Math.min(top, body.length - room));
    const shown = body.slice(top, top + room);
    const foot = look.utf8 ? help : help.replace('↑↓', 'up, down');
    // Each line is ended with "erase to its end", what is below the last one goes too: nothing flickers.
    const text = [head, ...shown].map((line) => `${line}\u001b[K\r\n`).join('');
    write(`\u001b[H${text}\u001b[J\u001b[${rows};1H\u001b[2m${foot.slice(0, columns - 1)}\u001b[0m`);
  };
  const press = (key: Key): void => {
    const rows = terminal.size().rows - 3;
    if (key.name === 'ctrl-c' || (key.name === 'char' && key.char === 'q')) return end(0);
    if (key.name === 'char') sort = sortKeys[key.char] ?? sort;
    else top = scrolled(top, key.name, rows);
    draw();
  };
  const terminal = openTerminal(write, {
    onKey: press,
    onResize: draw,
    onContinue: draw,
    onEnd: end,
  });
  terminal.enter();
  return {
    sort: () => sort,
    show: (next) => {
      lines = next;
      draw();
    },
    ended,
    close: terminal.close,
  };
}

function scrolled(top: number, key: Key['name'], page: number): number {
  switch (key) {
    case 'up':
      return top - 1;
    case 'down':
      return top + 1;
    case 'page-up':
      return top - page;
    case 'page-down':
      return top + page;
    case 'home':
      return 0;
    case 'end':
      return Number.MAX_SAFE_INTEGER;
    default:
      return top;
  }
}
