/** The log beside the tree: the newest lines of what is selected, followed or scrolled back. */

export interface LogView {
  /** what the lines are of; a line of another source comes too late */
  readonly source: string | undefined;
  readonly lines: readonly string[];
  /** number of the first line kept, counted since the source began */
  readonly first: number;
  /** number of the first line shown; undefined: the newest are, as they come */
  readonly top: number | undefined;
  /** columns cut off on the left */
  readonly shift: number;
}

export const noLog: LogView = { source: undefined, lines: [], first: 0, top: undefined, shift: 0 };

/** Lines kept of a source. */
export const keptLines = 5000;
/** Characters kept of a line: far more than a screen is wide. */
const keptCharacters = 4096;

/** Adds what has been written; the oldest lines go when there are too many. */
export function appendLog(log: LogView, lines: readonly string[]): LogView {
  const all = [...log.lines, ...lines.slice(-keptLines).map((line) => line.slice(0, keptCharacters))];
  const surplus = Math.max(0, all.length - keptLines);
  const first = log.first + surplus + Math.max(0, lines.length - keptLines);
  return {
    ...log,
    lines: surplus === 0 ? all : all.slice(surplus),
    first,
    ...(log.top === undefined ? {} : { top: Math.max(log.top, first) }),
  };
}

/** Back for a negative number of lines; at the newest line it follows again. `height`: lines on the screen. */
export function scrollLog(log: LogView, lines: number, height: number): LogView {
  const lowest = newestTop(log, height);
  const top = Math.max(log.first, (log.top ?? lowest) + lines);
  return { ...log, top: top >= lowest ? undefined : top };
}

/** Stops at what is shown, or follows again. */
export function toggleFollow(log: LogView, height: number): LogView {
  return { ...log, top: log.top === undefined ? newestTop(log, height) : undefined };
}

/** The lines on the screen. */
export function shownLines(log: LogView, height: number): readonly string[] {
  const from = (log.top ?? newestTop(log, height)) - log.first;
  return log.lines.slice(from, from + height);
}

/** How many lines are below the screen. */
export function linesBelow(log: LogView, height: number): number {
  return log.top === undefined ? 0 : Math.max(0, newestTop(log, height) - log.top);
}

function newestTop({ first, lines }: LogView, height: number): number {
  return first + Math.max(0, lines.length - height);
}
