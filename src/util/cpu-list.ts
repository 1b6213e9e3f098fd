/** Lists of CPUs and of memory nodes as cpuset(7) writes them: `0-3,8`. */

/** First and last, ascending, none touching the next. */
export type CpuRanges = readonly (readonly [first: number, last: number])[];

const entryPattern = /^(0|[1-9]\d{0,5})(?:-(0|[1-9]\d{0,5}))?$/;
const maxLength = 4096;

/** Strictly decimal numbers and ascending ranges between commas, blanks around them allowed; undefined otherwise, and for none. */
export function parseCpuList(text: string): CpuRanges | undefined {
  if (text.length > maxLength) return undefined;
  const ranges: (readonly [number, number])[] = [];
  for (const entry of text.split(',')) {
    const [, first, last = first] = entryPattern.exec(entry.trim()) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    ranges.push([Number(first), Number(last)]);
  }
  return merged(ranges);
}

/** As the kernel prints them: the shortest list of the same numbers. */
export function formatCpuList(ranges: CpuRanges): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** True when each number of `inner` is one of `outer`. */
export function isWithinCpuList(inner: CpuRanges, outer: CpuRanges): boolean {
  return inner.every(([first, last]) => outer.some(([from, to]) => from <= first && last <= to));
}

function merged(ranges: CpuRanges): CpuRanges {
  const all: [number, number][] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = all.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else all.push([first, last]);
  }
  return all;
}
