/** Texts of cgroup files, as the container's view of /proc reads them. Pure. */

/** The text of a file of the container's `app`, or of the directory that many levels above it; '' where there is none. */
export type ReadCgroup = (file: string, above?: number) => string;

/** `app` and the directories over it that podctl makes (cgroup/paths.ts): container, pod, instance. */
const levels = [0, 1, 2, 3] as const;

/** Lines `key number` (memory.stat, cpu.stat); others are skipped. */
export function parseKeyed(text: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) numbers.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return numbers;
}

/** What a file limits, on `app` or above it, whichever is least: Infinity for `max`, −1 and where no file is. */
export const leastOf = (read: ReadCgroup, parse: (read: (file: string) => string) => number): number =>
  Math.min(...levels.map((above) => parse((file) => read(file, above))));

/** The text of the nearest directory that has the file: v2 has none where a controller was not handed down. */
export function nearestOf(read: ReadCgroup, file: string): string {
  for (const above of [...levels, levels.length]) {
    const text = read(file, above);
    if (text !== '') return text;
  }
  return '';
}

/** A number in a file of its own; undefined for `max` and an empty text. */
export function parseCount(text: string): number | undefined {
  const count = Number.parseInt(text, 10);
  return Number.isNaN(count) ? undefined : count;
}
