/**
 * One nftables table, kept as it is wanted.
 *
 * ```
 *  want(ruleset) ─▶ wanted ─┐
 *  suspect() ───▶ unknown ──┼─▶ settle: look if it is unknown ─▶ the difference ─▶ nft ─▶ known = wanted ─▶ again until they are one
 *  nft failed ──▶ broken ───┘                                      └─ of what is broken: the whole table
 * ```
 *
 * At most one nft runs at a time. What is wanted meanwhile waits as one: the latest.
 */
import type { Ruleset } from '../model/ruleset.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import { runNft } from './nft.ts';
import { isListed } from './plan-listing.ts';
import { formatRemoval, formatRuleset, keptAliveBy, planRulesetChange } from './plan-ruleset-change.ts';

export interface TableKeeperOptions {
  readonly table: string;
  readonly log: (message: string) => void;
}

/** What the kernel has: `unknown` has to be looked at, `broken` is neither what was wanted nor what is. */
type Known = Ruleset | 'absent' | 'unknown' | 'broken';
type Wanted = Ruleset | 'absent';

const firstRetryMs = 100;
const longestRetryMs = 3_000;
/** our last few runs: their events arrive after they ended */
const keptPids = 32;

export class TableKeeper {
  readonly #options: TableKeeperOptions;
  readonly #ownPids: number[] = [];
  #wanted: Wanted | undefined;
  #known: Known = 'unknown';
  /** as it was left last */
  #left: Wanted | undefined;
  /** by whom, since it was looked at last */
  #suspected: string | undefined;
  #waiting: (() => void)[] = [];
  #isSettling = false;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: TableKeeperOptions) {
    this.#options = options;
  }

  /** `absent`: no table. Resolves when this, or what was wanted after it, is in the kernel, or the keeper is closed. */
  want(wanted: Wanted): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#wanted = wanted;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#begin();
    });
  }

  /** Somebody else (a program's name; empty: not known) changed the table, or may have; `absent`: removed it. */
  suspect(by: string, state: 'unknown' | 'absent'): void {
    if (this.#wanted === undefined || this.#isClosed) return;
    this.#suspected = by;
    this.#known = state;
    this.#begin();
  }

  /** Whether a change that netlink tells of is ours. */
  isOwn(pid: number): boolean {
    return this.#ownPids.includes(pid);
  }

  /** The table stays as it is. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #begin(): void {
    if (this.#isSettling || this.#retry !== undefined) return;
    this.#isSettling = true;
    void this.#settle();
  }

  async #settle(): Promise<void> {
    try {
      while (!this.#isClosed && !this.#isSettled()) await this.#step();
      this.#retryMs = firstRetryMs;
    } catch (error) {
      this.#retryLater(error);
    }
    // In the turn of the last check: what is wanted from now on begins anew.
    this.#isSettling = false;
  }

  #isSettled(): boolean {
    return this.#known === this.#wanted && this.#waiting.length === 0;
  }

  async #step(): Promise<void> {
    const wanted = this.#wanted ?? 'absent';
    if (this.#known === 'unknown') return this.#look(wanted);
    const waiting = this.#waiting.splice(0);
    try {
      await this.#reach(wanted);
    } catch (error) {
      this.#waiting.unshift(...waiting);
      throw error;
    }
    for (const resolve of waiting) resolve();
  }

  async #look(wanted: Wanted): Promise<void> {
    // Before the look: what is heard of meanwhile makes it unknown again.
    this.#known = 'broken';
    const seen = await look(this.#options.table, [wanted, this.#left]);
    if (this.#known === 'broken') this.#known = seen;
  }

  async #reach(wanted: Wanted): Promise<void> {
    const before = this.#known;
    const script = scriptFor(this.#options.table, before, wanted);
    this.#known = wanted;
    if (script !== '') await runNft({ args: ['-f', '-'], input: script, onPid: (pid) => this.#remember(pid) });
    this.#tell(before, wanted);
    this.#left = wanted;
  }

  #tell(before: Known, wanted: Wanted): void {
    const by = this.#suspected;
    this.#suspected = undefined;
    if (by === undefined || isRuleset(before) || !isRuleset(this.#left) || !isRuleset(wanted)) return;
    this.#options.log(repairWords(this.#options.table, before === 'absent', by));
  }

  #remember(pid: number): void {
    this.#ownPids.push(pid);
    if (this.#ownPids.length > keptPids) this.#ownPids.shift();
  }

  /** Told once, until it works again. */
  #retryLater(error: unknown): void {
    this.#known = 'broken';
    if (this.#isClosed) return;
    if (this.#retryMs === firstRetryMs) this.#options.log(`table inet ${this.#options.table}: ${formatError(error)}`);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#begin();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }
}

function repairWords(table: string, wasRemoved: boolean, by: string): string {
  const who = by === '' ? 'something' : by;
  return `table inet ${table} was ${wasRemoved ? 'removed' : 'changed'} by ${who}: put back`;
}

const isRuleset = (known: Known | undefined): known is Ruleset => typeof known === 'object';

async function look(table: string, candidates: readonly (Wanted | undefined)[]): Promise<Known> {
  const listing = await readTable(table);
  if (listing === undefined) return 'absent';
  if ((await readTable(keptAliveBy(table))) === undefined) return 'broken';
  return candidates.filter(isRuleset).find((ruleset) => isListed(ruleset, listing)) ?? 'broken';
}

/** undefined: it is not there. */
async function readTable(table: string): Promise<string | undefined> {
  try {
    return await runNft({ args: ['-j', '-n', 'list', 'table', 'inet', table] });
  } catch (error) {
    if (error instanceof PodError && error.details.absent === 1) return undefined;
    throw error;
  }
}

function scriptFor(table: string, known: Known, wanted: Wanted): string {
  if (wanted === 'absent') return known === 'absent' ? '' : formatRemoval(table);
  return isRuleset(known) ? planRulesetChange(known, wanted) : formatRuleset(wanted);
}
