/** What was already worked for a pod: bounds on how much time a hostile manifest can cost. */
export interface CheckEffort {
  /** schedules that were searched for centuries and never fire */
  idleSchedules: number;
  /** unknown names compared with all known ones */
  suggestions: number;
  /** whether there is a time zone of this name */
  readonly timeZones: Map<string, boolean>;
}

export const newCheckEffort = (): CheckEffort => ({ idleSchedules: 0, suggestions: 0, timeZones: new Map() });

/** unknown names in a pod that get a "did you mean" out of hundreds; with more it is no typing mistake */
export const maxSuggestions = 20;
