/** How a process ended, in the words of podinit and podctl. */
import { signalName } from './signal-name.ts';

/** `exited with code 1`, `was killed by SIGKILL`, `was killed for want of memory (SIGKILL)` */
export function howItEnded(end: {
  readonly exitCode: number;
  readonly signal?: number;
  readonly oomKilled?: boolean;
}): string {
  if (end.signal === undefined) return `exited with code ${end.exitCode}`;
  const name = signalName(end.signal);
  return end.oomKilled === true ? `was killed for want of memory (${name})` : `was killed by ${name}`;
}
