/** All rules of one watcher: one timer for the next burst that is over, one look after another. */
import { SysError } from '../linux/sys-error.ts';
import type { DevRule } from '../model/dev-rule.ts';
import { sameJson } from '../util/same-json.ts';
import { RuleWatch } from './rule-watch.ts';
import { looping, noInstance, pollMs } from './watch-problem.ts';
import type { DevWatcher, WatchOptions, WatchProblem } from './watch-rules.ts';
import { WatchTable } from './watch-table.ts';

export class WatchSession implements DevWatcher {
  readonly #options: WatchOptions;
  readonly #table: WatchTable | undefined;
  readonly #told = new Set<string>();
  #rules: readonly RuleWatch[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#table = options.polling === true ? undefined : this.#openTable();
  }

  update(rules: readonly DevRule[]): Promise<void> {
    return this.#inTurn(async () => {
      const known = new Map(this.#rules.map((watch) => [watch.rule.id, watch]));
      const next: RuleWatch[] = [];
      for (const rule of rules) next.push(await this.#watchFor(rule, known.get(rule.id)));
      for (const former of this.#rules) if (!next.includes(former)) former.close();
      this.#rules = next;
    });
  }

  acting(rule: DevRule): () => void {
    return this.#rules.find((watch) => watch.rule.id === rule.id)?.acting() ?? (() => undefined);
  }

  filesOf(rule: DevRule): readonly string[] {
    const trees = this.#rules.find((watch) => watch.rule.id === rule.id)?.trees ?? [];
    return [...new Set(trees.flatMap((tree) => tree.files()))].sort();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pollTimer);
    await this.#tail;
    for (const watch of this.#rules) watch.close();
    this.#table?.close();
  }

  stats(): { readonly watchedPaths: number; readonly pending: number } {
    const polled = this.#rules.flatMap(({ trees }) => trees).filter(({ isPolled }) => isPolled).length;
    return {
      watchedPaths: (this.#table?.size ?? 0) + polled,
      pending: this.#rules.filter(({ isPending }) => isPending).length,
    };
  }

  #openTable(): WatchTable | undefined {
    try {
      // uv_poll calls outside of Node's scope for promises
      return new WatchTable(() => setImmediate(() => this.#onReadable()));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#tellProblem(noInstance(error.code));
      return undefined;
    }
  }

  #onReadable(): void {
    if (this.#isClosed) return;
    this.#table?.drain();
    this.#arm();
  }

  async #watchFor(rule: DevRule, former: RuleWatch | undefined): Promise<RuleWatch> {
    if (former !== undefined && sameJson(former.rule, rule)) {
      former.forgive();
      return former;
    }
    const table = this.#table === undefined ? {} : { table: this.#table };
    const watch = new RuleWatch(rule, { ...table, onProblem: (problem) => this.#tellProblem(problem) });
    await watch.open();
    this.#table?.drain();
    if (former !== undefined) await watch.takeOver(former);
    return watch;
  }

  /** Looks never overlap. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#tail.then(async () => {
      if (this.#isClosed) return;
      this.#isBusy = true;
      try {
        await work();
      } finally {
        this.#isBusy = false;
      }
    });
    this.#tail = turn.catch(() => undefined);
    await turn;
    this.#arm();
  }

  #arm(): void {
    if (this.#isBusy || this.#isClosed) return;
    clearTimeout(this.#timer);
    const due = this.#rules.flatMap(({ dueAtMs }) => dueAtMs ?? []);
    if (due.length > 0) {
      const waitMs = Math.max(0, Math.ceil(Math.min(...due) - performance.now()));
      this.#timer = setTimeout(() => void this.#inTurn(() => this.#finishDue()), waitMs);
    }
    if (this.#rules.some(({ trees }) => trees.some(({ isPolled }) => isPolled))) this.#armPoll(pollMs);
  }

  async #finishDue(): Promise<void> {
    // events that are queued may prolong the burst
    this.#table?.drain();
    for (const watch of this.#rules) {
      if ((watch.dueAtMs ?? Number.POSITIVE_INFINITY) > performance.now()) continue;
      const judged = await watch.finishBurst();
      if (judged === undefined || this.#isClosed) continue;
      if (judged.decision === 'act') this.#options.onBatch({ rule: watch.rule, changes: judged.changes });
      else if (judged.decision === 'stop') this.#options.onProblem(looping(watch.rule, judged.looping));
    }
  }

  #armPoll(waitMs: number): void {
    this.#pollTimer ??= setTimeout(() => {
      const fromMs = performance.now();
      void this.#inTurn(async () => {
        for (const watch of this.#rules) await watch.poll();
        // a large tree is looked at less often: a fifth of the time at most
        this.#pollTimer = undefined;
        this.#armPoll(Math.max(pollMs, 4 * (performance.now() - fromMs)));
      });
    }, waitMs);
  }

  #tellProblem(problem: WatchProblem): void {
    if (this.#told.has(problem.message)) return;
    this.#told.add(problem.message);
    this.#options.onProblem(problem);
  }
}
