/** Where a container's log was read to, so that it can be read on after the stream broke: no line is lost, none comes twice. Pure. */

/** A line of the API's JSON log, as far as it names its place. */
export interface PlacedLine {
  /** RFC 3339 with nanoseconds: they compare as texts */
  readonly time: string;
  /** label */
  readonly program: string;
}

export interface LogPosition {
  /** Whether the line is a new one. */
  readonly take: (line: PlacedLine) => boolean;
  /** The stream begins anew: from which time on it has to be read. */
  readonly resume: () => string;
}

/** Lines of several programs come merged by time, but one may come this much later than another's newer one. */
const slackMs = 5_000;

interface Mark {
  readonly time: string;
  /** lines of exactly that time: PID 1 takes the time once for all that it reads at once */
  readonly lines: number;
}

/** `sinceMs`: nothing older is wanted. */
export function createLogPosition(sinceMs: number): LogPosition {
  const marks = new Map<string, Mark>();
  /** what was seen before the stream broke and is passed over when it comes again */
  let seen = new Map<string, Mark>();
  const isKnown = ({ time, program }: PlacedLine): boolean => {
    const mark = seen.get(program);
    if (mark === undefined || time > mark.time) return false;
    if (time < mark.time) return true;
    if (mark.lines === 0) return false;
    seen.set(program, { time, lines: mark.lines - 1 });
    return true;
  };
  return {
    take: (line) => {
      if (isKnown(line)) return false;
      const mark = marks.get(line.program);
      marks.set(line.program, { time: line.time, lines: mark?.time === line.time ? mark.lines + 1 : 1 });
      return true;
    },
    resume: () => {
      seen = new Map(marks);
      const newest = [...marks.values()].reduce((latest, { time }) => (time > latest ? time : latest), '');
      const newestMs = newest === '' ? sinceMs : Date.parse(newest) - slackMs;
      return new Date(Math.max(sinceMs, newestMs)).toISOString();
    },
  };
}
