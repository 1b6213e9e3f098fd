/** Values of supervisord.conf as supervisor/datatypes.py reads them; undefined: supervisord would refuse it. Pure. */

import { parseSignal, signalNames } from '../util/signal-name.ts';

/** datatypes.boolean */
export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (['yes', 'true', 'on', '1'].includes(lower)) return true;
  return ['no', 'false', 'off', '0'].includes(lower) ? false : undefined;
}

/** datatypes.integer */
export const parseInteger = (text: string): number | undefined =>
  /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;

/** datatypes.octal_type */
export const parseOctal = (text: string): number | undefined =>
  /^(?:0o?)?[0-7]{1,7}$/.test(text) ? Number.parseInt(text.replace('o', ''), 8) : undefined;

/** datatypes.auto_restart, in our words */
export function parseAutoRestart(text: string): 'always' | 'never' | 'unexpected' | undefined {
  if (text.toLowerCase() === 'unexpected') return 'unexpected';
  const flag = parseBoolean(text);
  if (flag === undefined) return undefined;
  return flag ? 'always' : 'never';
}

/** datatypes.list_of_exitcodes */
export function parseExitCodes(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const codes = text.split(',').map((code) => parseInteger(code) ?? -1);
  return codes.every((code) => code >= 0 && code <= 255) ? codes : undefined;
}

const suffixes: readonly (readonly [string, number])[] = [
  ['kb', 1024],
  ['mb', 1024 ** 2],
  ['gb', 1024 ** 3],
];

/** datatypes.byte_size */
export function parseByteSize(text: string): number | undefined {
  const lower = text.toLowerCase();
  const [suffix = '', factor = 1] = suffixes.find(([one]) => lower.endsWith(one)) ?? [];
  const amount = parseInteger(lower.slice(0, lower.length - suffix.length));
  return amount === undefined || amount < 0 ? undefined : amount * factor;
}

/** A Kubernetes quantity: 52428800 → `50Mi`. */
export function formatByteSize(bytes: number): string {
  for (const [suffix, factor] of [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ] as const) {
    if (bytes % factor === 0) return `${bytes / factor}${suffix}`;
  }
  return String(bytes);
}

/** datatypes.signal_number: a number, or a name with or without SIG; as a name without. */
export function parseSignalName(text: string): string | undefined {
  const number = parseInteger(text) ?? parseSignal(text.trim());
  return number === undefined ? undefined : signalNames[number - 1];
}
