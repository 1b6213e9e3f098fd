/** Sets of a Job's indexes as Kubernetes writes them: `0-2,4`. */

/** Indexes below `end`; what is no number or range is left out. */
export function parseIndexes(text: string | undefined, end = Number.POSITIVE_INFINITY): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [, first, last = first] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim()) ?? [];
    if (first === undefined) continue;
    for (let index = Number(first); index <= Math.min(Number(last), end - 1); index++) indexes.add(index);
  }
  return indexes;
}

/** Two in a row stay two, three are a range, as Kubernetes does it. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].sort((left, right) => left - right)) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === index - 1) range[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(formatRange).join(',');
}

const formatRange = ([first, last]: readonly [number, number]): string => {
  if (first === last) return String(first);
  return first + 1 === last ? `${first},${last}` : `${first}-${last}`;
};
