/** Many events to one batch: when a burst is over, and what it changed in the end. */
import type { FileChange } from '../model/dev-rule.ts';
import { type Stamp, sameStamp } from './stamp.ts';

/** What is known of one path since the last look at it. */
export interface Note {
  /** when it was first heard of */
  readonly atMs: number;
  /** number of the last event that may have changed contents; absent for attributes only */
  readonly writeEvent?: number;
  /** ms since the rule's own action began, when all of it happened in there */
  readonly actionMs?: number;
}

export interface Burst {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly notes: ReadonlyMap<string, Note>;
}

/** A burst with one more event; `undefined` begins one. Changes `burst.notes` in place: bursts have thousands of events. */
export function noteEvent(burst: Burst | undefined, path: string, note: Note): Burst {
  const notes = (burst?.notes as Map<string, Note> | undefined) ?? new Map<string, Note>();
  notes.set(path, mergeNotes(notes.get(path), note));
  return { sinceMs: burst?.sinceMs ?? note.atMs, lastMs: note.atMs, notes };
}

function mergeNotes(earlier: Note | undefined, later: Note): Note {
  if (earlier === undefined) return later;
  const writeEvent = later.writeEvent ?? earlier.writeEvent;
  const isOfAction = earlier.actionMs !== undefined && later.actionMs !== undefined;
  return {
    atMs: earlier.atMs,
    ...(writeEvent === undefined ? {} : { writeEvent }),
    ...(isOfAction ? { actionMs: earlier.actionMs } : {}),
  };
}

/** When it is acted upon: after the quiet time, and at the latest after ten of them (or 1 s), so that no writer can hold it off. */
export function dueAtMs(burst: Burst, debounceMs: number): number {
  return Math.min(burst.lastMs + debounceMs, burst.sinceMs + Math.max(10 * debounceMs, 1_000));
}

/** What was at each changed path when the last batch was told; undefined: nothing. */
export type Pending = Map<string, Stamp | undefined>;

/** Remembers what was there before the first change since the last batch. */
export function recordChange(pending: Pending, path: string, before: Stamp | undefined): void {
  if (!pending.has(path)) pending.set(path, before);
}

/** The net effect on all pending paths, sorted; what came and went, or is as before, is left out. */
export function netChanges(pending: Pending, stampOf: (path: string) => Stamp | undefined): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, before] of pending) {
    const now = stampOf(path);
    if (sameStamp(before, now)) continue;
    changes.push({ path, kind: before === undefined ? 'added' : now === undefined ? 'removed' : 'changed' });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
