/** How the machine speaks to people: durations, counts. */
import { formatDuration } from '../util/duration.ts';

/** Rounded to what people read: `120ms`, `1.5s`, `3m12s`, `2h5m`. */
export function inWords(ms: number): string {
  if (ms < 1000) return formatDuration(ms);
  if (ms < 10_000) return `${Math.round(ms / 100) / 10}s`;
  const rounded = ms < 3_600_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 60_000) * 60_000;
  return formatDuration(rounded);
}

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
