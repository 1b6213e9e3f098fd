/** How the machine speaks to people: durations, ends, counts. */
import { formatDuration } from '../util/duration.ts';

/** Rounded to what people read: `120ms`, `1.5s`, `3m12s`, `2h5m`. */
export function inWords(ms: number): string {
  if (ms < 1000) return formatDuration(ms);
  if (ms < 10_000) return `${Math.round(ms / 100) / 10}s`;
  const rounded = ms < 3_600_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 60_000) * 60_000;
  return formatDuration(rounded);
}

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

/** `SIGTERM`, else `signal 40`; the numbers of x86 and arm, signal(7). */
export const signalName = (signal: number): string => {
  const name = signalNames[signal - 1];
  return name === undefined ? `signal ${signal}` : `SIG${name}`;
};

/** `1st`, `2nd`, `3rd`, `4th`, `11th` … */
export function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** An RFC 3339 time so much later. */
export const later = (at: string, ms: number): string => {
  const time = Date.parse(at) + ms;
  return Number.isFinite(time) && Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : at;
};

const signalNames = [
  ...['HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM'],
  ...['TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF'],
  ...['WINCH', 'IO', 'PWR', 'SYS'],
];
