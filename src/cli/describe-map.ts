import { cleanCell } from './tab-columns.ts';

/** Labels or annotations, one a line, in order of their keys. */
export function describeMap(
  title: string,
  map: Readonly<Record<string, string>> | undefined,
  between: string,
): string[] {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length === 0) return [`${title}:\t<none>`];
  return pairs.map(([key, value], index) => `${index === 0 ? `${title}:` : ''}\t${key}${between}${cleanCell(value)}`);
}
