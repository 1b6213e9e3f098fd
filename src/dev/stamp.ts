/** What tells that a file changed without reading it. */
export interface Stamp {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** type and permissions */
  readonly mode: number;
  /** of a symlink: where it points; the numbers are those of the file behind it */
  readonly target?: string;
  /** written so shortly before it was looked at that another write need not show in mtime */
  readonly isFresh: boolean;
  /** counts writes that were reported for a fresh file and did not show */
  readonly edition: number;
  /** number of the last kernel event known when it was looked at */
  readonly eventsSeen: number;
}

/** The kernel stamps files with a clock that ticks every 4 to 10 ms (CONFIG_HZ 100 to 250); twice that. */
export const freshMs = 20;

/** Whether two looks saw the same file: touching counts as a change (it is how people ask by hand), reading does not. */
export function sameStamp(left: Stamp | undefined, right: Stamp | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.ino === right.ino &&
    left.size === right.size &&
    left.mtimeMs === right.mtimeMs &&
    left.mode === right.mode &&
    left.target === right.target &&
    left.edition === right.edition
  );
}

/** `now` as another edition when an event says that the file was written after the look that saw it like this. */
export function editionAfter(before: Stamp, now: Stamp, writeEvent: number | undefined): Stamp {
  const edition = before.edition;
  const isUnseen = writeEvent !== undefined && before.isFresh && writeEvent > before.eventsSeen;
  const known = { ...now, edition };
  return isUnseen && sameStamp(before, known) ? { ...now, edition: edition + 1 } : known;
}
