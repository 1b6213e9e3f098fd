/** A terminal that a test can type into and look at: tmux, with a server of its own. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { allPids, readProcess } from './processes.ts';
import { waitFor } from './wait-for.ts';

/** Why there is none; undefined: there is. */
export function whyNoTmux(): string | undefined {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'tmux is missing (apt-get install tmux)';
  }
}

/** Says so, where tests are skipped for it. */
export function tellNoTmux(): void {
  const missing = whyNoTmux();
  if (missing !== undefined) console.warn(`skipped: ${missing}`);
}

export interface TmuxScreen {
  /** Keys as tmux names them (`Enter`, `Up`, `C-c`), or text. */
  readonly press: (...keys: readonly string[]) => void;
  /** What is on the screen; `codes`: with colours. */
  readonly capture: (codes?: boolean) => string;
  /** Waits until the screen shows this and returns it; fails with what it showed last. */
  readonly expect: (what: string | RegExp, timeoutMs?: number) => Promise<string>;
  /** As expect, for what goes away. */
  readonly expectNot: (what: string | RegExp) => Promise<string>;
  readonly resize: (columns: number, rows: number) => void;
  /** A format of tmux(1): `#{alternate_on}`, `#{pane_dead}`. */
  readonly ask: (format: string) => string;
  /** of what the command, a shell, runs now */
  readonly childPid: () => number;
  readonly end: () => void;
}

/** Runs the command in a terminal of 80×24. */
export function startTmux(command: string, env: Readonly<Record<string, string | undefined>>): TmuxScreen {
  const socket = `pc-${randomBytes(6).toString('hex')}`;
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-u', '-L', socket, '-f', '/dev/null', ...args], { env, encoding: 'utf8' });
  tmux('new-session', '-d', '-x', '80', '-y', '24', command);
  const capture = (codes = false): string => tmux('capture-pane', '-p', ...(codes ? ['-e'] : []));
  const shows = (screen: string, what: string | RegExp): boolean =>
    typeof what === 'string' ? screen.includes(what) : what.test(screen);
  const until = async (what: string | RegExp, isWanted: boolean, timeoutMs: number): Promise<string> => {
    try {
      return await waitFor(
        `the screen ${isWanted ? 'shows' : 'shows no more'} ${what}`,
        () => [capture()].find((screen) => shows(screen, what) === isWanted),
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}; it shows:\n${capture()}`);
    }
  };
  const ask = (format: string): string => tmux('display-message', '-p', format).trim();
  return {
    press: (...keys) => tmux('send-keys', ...keys),
    capture,
    expect: (what, timeoutMs = 60_000) => until(what, true, timeoutMs),
    expectNot: (what) => until(what, false, 60_000),
    resize: (columns, rows) => tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    ask,
    childPid: () => {
      const shell = Number(ask('#{pane_pid}'));
      const child = allPids().find((pid) => readProcess(pid)?.ppid === shell);
      if (child === undefined) throw new Error('the command runs nothing');
      return child;
    },
    end: () => tmux('kill-server'),
  };
}
