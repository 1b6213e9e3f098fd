/**
 * Watches the files of dev rules and tells the net effect of each burst of changes, once per rule.
 *
 *   inotify ─▶ WatchTable ─▶ WatchedTree ─note─▶ burst ─quiet for debounceMs─▶ look again, compare ─▶ loop guard ─▶ onBatch
 *                 (one watch per directory)      (coalesce)                    (stamps, no contents)
 *
 * Events only say where to look; what is told comes from comparing with the last look. So nothing is lost when they
 * coalesce or overflow, and nothing is told of what came and went. Not chokidar: it drops a write that follows another
 * within 50 ms (its issue 1455) and cannot know of a queue overflow, so the last save of a burst could be missed.
 */
import type { DevRule, FileChange } from '../model/dev-rule.ts';
import { WatchSession } from './watch-session.ts';

/** The net effect of one burst; never empty, sorted by path. */
export interface RuleBatch {
  readonly rule: DevRule;
  readonly changes: readonly FileChange[];
}

/** What cannot be watched as it should, and what helps. */
export interface WatchProblem {
  readonly message: string;
  readonly hint?: string;
}

export interface DevWatcher {
  /** Resolves when all paths of the new rules are watched; rules that are as before keep their watches and what is pending. */
  update(rules: readonly DevRule[]): Promise<void>;
  /** Tells that the action of a batch is being performed: what changes meanwhile may be a loop. Call the result when it is done. */
  acting(rule: DevRule): () => void;
  /** Absolute paths of the files that the rule watches, sorted; none of a rule that is not watched. */
  filesOf(rule: DevRule): readonly string[];
  /** No batch is told after this was called. */
  close(): Promise<void>;
  /** directories watched (or trees polled); rules with a burst under way */
  stats(): { readonly watchedPaths: number; readonly pending: number };
}

export interface WatchOptions {
  readonly onBatch: (batch: RuleBatch) => void;
  /** each problem once */
  readonly onProblem: (problem: WatchProblem) => void;
  /** force polling; default: only where inotify cannot be used (ENOSPC, EMFILE, network or 9p file systems) */
  readonly polling?: boolean;
}

/** Resolves when everything is watched: what is there then is no change, and no later change is missed. */
export async function watchRules(rules: readonly DevRule[], options: WatchOptions): Promise<DevWatcher> {
  const session = new WatchSession(options);
  await session.update(rules);
  return session;
}
