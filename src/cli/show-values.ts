/** Two versions of a value side by side, each cut so that the difference is still seen. Pure. */
import { lengthOf } from './wrap-words.ts';

/** Compact JSON; `(secret)` and the like are no values and stand as they are. */
export function showValue(value: unknown): string {
  if (typeof value === 'string' && /^\([a-z ,]+\)$/.test(value)) return value;
  return JSON.stringify(value) ?? 'nothing';
}

/** `"a" → "b"` in at most `room` characters, as far as that leaves anything of them. */
export function showPair(from: unknown, to: unknown, room: number): string {
  const [before, after] = [showValue(from), showValue(to)];
  const each = Math.max(leastShown, Math.floor((room - arrow.length) / 2));
  if (lengthOf(before) + lengthOf(after) + arrow.length <= room) return before + arrow + after;
  const spare = (other: string): number => Math.max(each, room - arrow.length - lengthOf(other));
  const start = Math.max(0, firstDifference(before, after) - 8);
  return cutFrom(before, start, spare(after)) + arrow + cutFrom(after, start, spare(before));
}

/** The value's beginning. */
export const showCut = (value: unknown, room: number): string =>
  cutFrom(showValue(value), 0, Math.max(leastShown, room));

const arrow = ' → ';
const leastShown = 10;

function firstDifference(a: string, b: string): number {
  const characters = [...a];
  const others = [...b];
  const differs = characters.findIndex((character, index) => character !== others[index]);
  return differs === -1 ? characters.length : differs;
}

function cutFrom(text: string, start: number, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const from = Math.min(start, characters.length - room);
  const end = from + room;
  const shown = characters.slice(from, end);
  if (from > 0) shown[0] = '…';
  if (end < characters.length) shown[shown.length - 1] = '…';
  return shown.join('');
}
