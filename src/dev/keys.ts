/** Single keys on a terminal, as long as it is ours. */
import { readFileSync } from 'node:fs';

export interface KeyInput {
  readonly isTTY?: boolean;
  readonly setRawMode?: (on: boolean) => unknown;
  readonly on: (event: 'data' | 'error', listener: (chunk: Buffer) => void) => unknown;
  readonly off: (event: 'data', listener: (chunk: Buffer) => void) => unknown;
  readonly resume: () => unknown;
  readonly pause: () => unknown;
}

const ctrlZ = '\u001a';
const ctrlBackslash = '\u001c';

/** How soon after `fg` keys are taken again. */
const backgroundMs = 300;

/** Ctrl-C comes as this key. */
export const ctrlC = '\u0003';

/**
 * Raw mode until the result is called, or this process ends by anything but SIGKILL. Ctrl-Z and Ctrl-\ do what they always do.
 * Undefined where there is no terminal, or another job has it.
 */
export function takeKeys(input: KeyInput, onKey: (key: string) => void): (() => void) | undefined {
  if (input.isTTY !== true || input.setRawMode === undefined || !isInForeground()) return undefined;
  const restore = (): void => {
    input.setRawMode?.(false);
  };
  let timer: NodeJS.Timeout | undefined;
  // `bg` continues it too: whoever touches the terminal then is stopped, and no signal tells of the `fg` to come.
  const retake = (): void => {
    clearTimeout(timer);
    if (isInForeground()) {
      input.setRawMode?.(true);
      input.resume();
    } else {
      input.pause();
      timer = setTimeout(retake, backgroundMs).unref();
    }
  };
  const take = (chunk: Buffer): void => {
    for (const key of chunk.toString('latin1')) {
      if (key === ctrlZ) suspend(restore);
      else if (key === ctrlBackslash) process.kill(process.pid, 'SIGQUIT');
      else onKey(key);
    }
  };
  // A terminal that hung up can neither be read nor set: SIGHUP has said so already.
  input.on('error', () => undefined);
  process.once('exit', restore);
  process.on('SIGCONT', retake);
  input.on('data', take);
  retake();
  return () => {
    clearTimeout(timer);
    process.off('exit', restore);
    process.off('SIGCONT', retake);
    input.off('data', take);
    input.pause();
    restore();
  };
}

function suspend(restore: () => void): void {
  restore();
  process.kill(process.pid, 'SIGTSTP');
}

/** Fields 5 and 8 of /proc/self/stat, proc(5): whoever changes the terminal's mode from the background is stopped. */
function isInForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[2] === fields[5];
}
