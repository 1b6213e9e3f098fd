import { cleanCell } from './tab-columns.ts';

/** Labels or annotations, one a line, in order of their keys. */
export function describeMap(
  title: string,
  map: Readonly<Record<string, string>> | undefined,
  between: string,
): string[] {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return describeList(
    title,
    pairs.map(([key, value]) => `${key}${between}${value}`),
  );
}

/** One a line, the title before the first. */
export function describeList(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [`${title}:\t<none>`];
  return items.map((item, index) => `${index === 0 ? `${title}:` : ''}\t${cleanCell(item)}`);
}
