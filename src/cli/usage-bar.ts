/** Bars for shares of a limit. Pure. */
import type { Tone } from './ps-rows.ts';

/** `███░░`: a share from 0 to 1; more than nothing shows, and only all is full. Empty when it is not known. */
export function formatBar(share: number | undefined, width: number, { utf8 }: { readonly utf8: boolean }): string {
  if (share === undefined) return '';
  const [full, free] = utf8 ? ['█', '░'] : ['#', '.'];
  const filled = share >= 1 ? width : Math.min(width - 1, Math.ceil(share * width - 0.5));
  const count = Math.max(share > 0.005 ? 1 : 0, filled);
  return full.repeat(count) + free.repeat(width - count);
}

/** How a share looks: much of it is a warning, all of it is bad. */
export function shareTone(share: number): Tone {
  if (share < 0.7) return 'good';
  return share < 1 ? 'busy' : 'bad';
}
