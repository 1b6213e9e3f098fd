/** One rule with its trees: the burst that is under way, and what its own action may have done. */
import { dirname } from 'node:path';
import type { DevRule, FileChange } from '../model/dev-rule.ts';
import { type Burst, dueAtMs, type Note, netChanges, noteEvent } from './coalesce.ts';
import { type GuardState, judgeBatch, noRounds, type Verdict } from './loop-guard.ts';
import type { EntryEvent } from './watch-table.ts';
import { type TreeOptions, WatchedTree } from './watched-tree.ts';

export interface Judged {
  readonly decision: Verdict['decision'];
  readonly changes: readonly FileChange[];
  readonly looping: readonly string[];
}

interface Action {
  readonly sinceMs: number;
}

export class RuleWatch {
  readonly rule: DevRule;
  readonly trees: readonly WatchedTree[];
  #burst: Burst | undefined;
  #isLooking = false;
  #guard: GuardState = noRounds;
  readonly #actions = new Set<Action>();
  #lastAction: (Action & { readonly untilMs: number }) | undefined;

  constructor(rule: DevRule, options: Omit<TreeOptions, 'onNote'>) {
    this.rule = rule;
    const onNote = (path: string, event?: EntryEvent): void => this.note(path, event);
    this.trees = [...new Set(rule.paths)].map((path) => new WatchedTree(path, rule, { ...options, onNote }));
  }

  async open(): Promise<void> {
    for (const tree of this.trees) await tree.open();
  }

  close(): void {
    this.#burst = undefined;
    for (const tree of this.trees) tree.close();
  }

  get isPending(): boolean {
    return this.#burst !== undefined || this.#isLooking;
  }

  get dueAtMs(): number | undefined {
    return this.#burst === undefined ? undefined : dueAtMs(this.#burst, this.rule.debounceMs);
  }

  /** Something may have changed there. */
  note(path: string, event?: EntryEvent): void {
    const atMs = performance.now();
    const actionMs = this.#actionMs(atMs);
    const note: Note = {
      atMs,
      ...(event?.mayHaveContents === true ? { writeEvent: event.number } : {}),
      ...(actionMs === undefined ? {} : { actionMs }),
    };
    this.#burst = noteEvent(this.#burst, path, note);
  }

  /** The action of this rule runs until the result is called. */
  acting(): () => void {
    const action: Action = { sinceMs: performance.now() };
    this.#actions.add(action);
    return () => {
      if (this.#actions.delete(action)) this.#lastAction = { ...action, untilMs: performance.now() };
    };
  }

  /** A loop that was stopped may try again. */
  forgive(): void {
    this.#guard = noRounds;
  }

  /** Ends the burst: what it changed in the end; undefined when nothing. */
  async finishBurst(): Promise<Judged | undefined> {
    const notes = await this.#look();
    const changes = this.#changes();
    if (changes.length === 0) {
      this.#commit();
      return undefined;
    }
    const offsetMs = offsetOf(changes, notes);
    const paths = changes.map(({ path }) => path);
    const { decision, state, looping } = judgeBatch(this.#guard, {
      paths,
      ...(offsetMs === undefined ? {} : { offsetMs }),
    });
    this.#guard = state;
    // what a stopped loop changed is told with the next change that comes from elsewhere
    if (decision === 'act') this.#commit();
    return { decision, changes, looping };
  }

  /** Trees that get no events are looked at; true when something changed. */
  async poll(): Promise<void> {
    for (const tree of this.trees) {
      if (!tree.isPolled) continue;
      for (const path of await tree.refreshAll()) this.note(path);
    }
  }

  /** Goes on where another rule of the same id was: what it has not told yet is told by this one, if it still watches it. */
  async takeOver(former: RuleWatch): Promise<void> {
    await former.#look();
    for (const [path, before] of former.trees.flatMap(({ pending }) => [...pending])) {
      for (const tree of this.trees.filter((candidate) => candidate.accepts(path))) {
        tree.pending.set(path, before);
        this.note(path);
      }
    }
  }

  async #look(): Promise<Burst['notes']> {
    const notes = this.#burst?.notes ?? new Map<string, Note>();
    this.#burst = undefined;
    this.#isLooking = true;
    try {
      for (const tree of this.trees) await tree.refresh(notes);
    } finally {
      this.#isLooking = false;
    }
    return notes;
  }

  #changes(): readonly FileChange[] {
    const all = this.trees.flatMap((tree) => netChanges(tree.pending, (path) => tree.stampOf(path)));
    const byPath = new Map(all.map((change) => [change.path, change]));
    return this.trees.length === 1 ? all : [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #commit(): void {
    for (const { pending } of this.trees) pending.clear();
  }

  /** ms since the action began, during it and in the quiet time after it */
  #actionMs(nowMs: number): number | undefined {
    const [running] = this.#actions;
    if (running !== undefined) return nowMs - running.sinceMs;
    const last = this.#lastAction;
    return last !== undefined && nowMs - last.untilMs <= this.rule.debounceMs ? nowMs - last.sinceMs : undefined;
  }
}

/** When the first of the changes was heard of, if all were in the course of the action. */
function offsetOf(changes: readonly FileChange[], notes: ReadonlyMap<string, Note>): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const { path } of changes) {
    const actionMs = noteOf(path, notes)?.actionMs;
    if (actionMs === undefined) return undefined;
    least = Math.min(least, actionMs);
  }
  return least;
}

function noteOf(path: string, notes: ReadonlyMap<string, Note>): Note | undefined {
  for (let at = path; ; at = dirname(at)) {
    const note = notes.get(at);
    if (note !== undefined || at === '/') return note;
  }
}
