/**
 * The terminal in its two modes: `ours` (alternate screen, raw input, no cursor, no wrapping) and as it was found.
 * However the process ends, but by SIGKILL, it is left as it was found.
 */
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { TerminalSize } from './model.ts';
import { type Key, parseKeys } from './parse-keys.ts';

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  readonly onResize: (size: TerminalSize) => void;
  /** continued after a stop: modes are set again, the screen is to be drawn again */
  readonly onContinue: () => void;
  /** a signal asks the process to end, or the terminal is gone; the exit code that this has */
  readonly onEnd: (exitCode: number) => void;
}

export interface Terminal {
  readonly size: () => TerminalSize;
  /** Take it; empty screen, cursor in its corner. */
  readonly enter: () => void;
  /** Give it back, as for a shell in a container; `enter` takes it again. */
  readonly leave: () => void;
  readonly clear: () => void;
  /** Give it back for good. */
  readonly close: () => void;
}

// ctlseqs: 1049 alternate screen, 7 auto-wrap, 25 cursor.
const enterCodes = '\u001b[?1049h\u001b[?7l\u001b[?25l\u001b[0m\u001b[2J\u001b[H';
const leaveCodes = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';
const clearCodes = '\u001b[0m\u001b[2J\u001b[H';
/** How long the rest of an escape sequence may take, over a slow line too. */
const escapeMs = 50;

/** Does nothing to the terminal before `enter`. `write` puts text on it before it returns. */
export function openTerminal(write: (text: string) => void, events: TerminalEvents): Terminal {
  const { stdin, stdout } = process;
  const keys = createKeyReader(events.onKey);
  let isOurs = false;
  const put = (codes: string): void => {
    try {
      write(codes);
    } catch {
      // The terminal is gone; onEnd tells.
    }
  };
  const enter = (): void => {
    isOurs = true;
    put(enterCodes);
    // Off first: after a stop the shell has set modes of its own, and Node believes that raw mode is still on.
    stdin.setRawMode(false).setRawMode(true);
    stdin.off('data', keys).on('data', keys).resume();
  };
  const leave = (): void => {
    if (!isOurs) return;
    isOurs = false;
    stdin.off('data', keys).pause();
    try {
      stdin.setRawMode(false);
    } catch {
      // as above
    }
    put(leaveCodes);
  };
  const size = (): TerminalSize => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const off = listen(
    {
      ...events,
      onResize: () => events.onResize(size()),
      onContinue: () => {
        if (!isOurs) return;
        enter();
        events.onContinue();
      },
    },
    leave,
  );
  const close = (): void => {
    leave();
    off();
  };
  return { size, enter, leave, clear: () => put(clearCodes), close };
}

const endSignals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

interface Listeners extends Pick<TerminalEvents, 'onEnd' | 'onContinue'> {
  readonly onResize: () => void;
}

/** Returns what takes the listeners off again. */
function listen({ onEnd, onContinue, onResize }: Listeners, leave: () => void): () => void {
  // Later: what else listens to the signal (Ink does) would end the process at once, if it found itself the only listener left.
  const ends = endSignals.map(
    (signal) => [signal, () => setImmediate(onEnd, 128 + constants.signals[signal])] as const,
  );
  const gone = (): void => onEnd(129);
  for (const [signal, end] of ends) process.on(signal, end);
  process.on('SIGCONT', onContinue).on('exit', leave);
  process.stdin.on('end', gone).on('error', gone);
  process.stdout.on('resize', onResize).on('error', gone);
  return () => {
    for (const [signal, end] of ends) process.off(signal, end);
    process.off('SIGCONT', onContinue).off('exit', leave);
    process.stdin.off('end', gone).off('error', gone);
    process.stdout.off('resize', onResize).off('error', gone);
  };
}

/** Chunks of input to keys; characters and sequences may be split over chunks. */
function createKeyReader(onKey: (key: Key) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (rest !== '') onKey({ name: 'escape' });
    rest = '';
  };
  return (chunk) => {
    clearTimeout(timer);
    const parsed = parseKeys(rest + decoder.write(chunk));
    rest = parsed.rest;
    for (const key of parsed.keys) onKey(key);
    if (rest !== '') timer = setTimeout(flush, escapeMs);
  };
}
