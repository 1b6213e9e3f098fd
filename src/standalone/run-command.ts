/**
 * `podinit -- COMMAND`: what tini does. COMMAND has podinit's own standard streams and, where podinit has the terminal, the
 * terminal; it gets every signal that can be forwarded; every orphan is reaped; when it ends, so does everything else.
 */
import { constants } from 'node:os';
import { isForeground, spawnForeground, takeTerminal } from '../linux/foreground.ts';
import { currentPid, decodeStatus, exitNow, ignoreSignal, reapOne, trySignal } from '../linux/process.ts';
import { SIGCHLD } from '../linux/signals.ts';
import { watchSignals } from '../linux/uv-signal.ts';
import { endRest, killRest } from './kill-rest.ts';
import { forwardedSignals, ownTerminalSignals } from './signals-of-others.ts';

export interface CommandOptions {
  readonly command: readonly string[];
  /** KILL everything so long after a TERM; absent: never */
  readonly graceMs?: number;
  readonly toGroup: boolean;
  readonly say: (message: string) => void;
}

const { SIGTERM, SIGCONT } = constants.signals;
const stdin = 0;

/** Starts it and returns; the process ends with its exit code. */
export function runCommand(options: CommandOptions): void {
  ownTerminalSignals.forEach(ignoreSignal);
  const hasTerminal = isForeground(stdin);
  let pid = 0;
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (options.graceMs === undefined || grace !== undefined) return;
    grace = setTimeout(() => {
      options.say(`did not end within ${options.graceMs} ms of SIGTERM: killed`);
      killRest();
    }, options.graceMs);
  };
  const forward = (signal: number): void => {
    trySignal(options.toGroup ? -pid : pid, signal);
    if (signal !== SIGTERM) return;
    // one that is stopped would not see it
    if (options.graceMs !== undefined) trySignal(options.toGroup ? -pid : pid, SIGCONT);
    stop();
  };
  const reap = (): void => {
    for (let reaped = reapOne(); typeof reaped === 'object'; reaped = reapOne()) {
      if (reaped.pid === pid) end(decodeStatus(reaped.status).exitCode, hasTerminal, options);
    }
  };
  watchSignals([SIGCHLD, ...forwardedSignals], (signal) => (signal === SIGCHLD ? reap() : forward(signal)));
  const started = spawnForeground(options.command, hasTerminal ? stdin : undefined);
  if (!started.ok) return cannotStart(options.command[0] ?? '', started.code);
  pid = started.pid;
  options.say(`${options.command[0]} runs with pid ${pid}`);
}

function end(exitCode: number, hadTerminal: boolean, { say }: CommandOptions): never {
  say(`COMMAND ended with exit code ${exitCode}`);
  // PID 1's end is the end of its pid namespace
  if (currentPid() !== 1) endRest();
  if (hadTerminal) takeTerminal(stdin);
  return exitNow(exitCode);
}

/** As shells have it. */
function cannotStart(name: string, code: string): never {
  const isMissing = code === 'ENOENT';
  process.stderr.write(`podinit: ${name}: ${isMissing ? 'not found' : code}\n`);
  return exitNow(isMissing ? 127 : 126);
}
