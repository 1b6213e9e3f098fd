/** A temporary directory under a watcher, whose batches a test takes one by one. */
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type DevWatcher, type RuleBatch, type WatchProblem, watchRules } from '../../src/dev/watch-rules.ts';
import type { DevRule } from '../../src/model/dev-rule.ts';
import { within } from './wait-for.ts';

export const aRule = (rule: Partial<DevRule> = {}): DevRule => ({
  id: 'default/web/server#0',
  namespace: 'default',
  pod: 'web',
  container: 'server',
  paths: [],
  include: [],
  exclude: [],
  action: 'restart',
  debounceMs: 60,
  directory: '/',
  cascade: false,
  ...rule,
});

export class WatchedDirectory {
  readonly base: string;
  readonly problems: WatchProblem[] = [];
  watcher: DevWatcher | undefined;
  readonly #batches: RuleBatch[] = [];
  readonly #told = new EventEmitter();
  #sentinels = 0;

  constructor(parent = tmpdir()) {
    this.base = realpathSync(mkdtempSync(join(parent, 'podctl-watch-')));
  }

  path(...names: readonly string[]): string {
    return join(this.base, ...names);
  }

  /** Writes a file, with its directories. */
  write(name: string, text = 'x'): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  async watch(rules: readonly DevRule[], options: { readonly polling?: boolean } = {}): Promise<DevWatcher> {
    this.watcher = await watchRules(rules, {
      ...options,
      onBatch: (batch) => {
        this.#batches.push(batch);
        this.#told.emit('told');
      },
      onProblem: (problem) => {
        this.problems.push(problem);
        this.#told.emit('told');
      },
    });
    return this.watcher;
  }

  nextBatch(): Promise<RuleBatch> {
    return within(
      'a batch',
      30_000,
      this.#when(() => this.#batches.shift()),
    );
  }

  /** The next batch as lines: `changed src/a.ts`. */
  async next(): Promise<string[]> {
    const { changes } = await this.nextBatch();
    return changes.map(({ path, kind }) => `${kind} ${relative(this.base, path)}`);
  }

  /** The next batch, or the next problem when that comes first. */
  nextTold(): Promise<RuleBatch | WatchProblem> {
    return within(
      'a batch or a problem',
      30_000,
      this.#when(() => this.problems.shift() ?? this.#batches.shift()),
    );
  }

  /** True when nothing else was told or is under way: the next batch is a file written now, and nothing besides. */
  async isQuiet(directory = ''): Promise<boolean> {
    const name = join(directory, `sentinel-${++this.#sentinels}`);
    this.write(name);
    const lines = await this.next();
    if (lines.length === 1 && lines[0] === `added ${name}`) return true;
    throw new Error(`not quiet: ${lines.join(', ')}`);
  }

  async close(): Promise<void> {
    await this.watcher?.close();
    rmSync(this.base, { recursive: true, force: true });
  }

  async #when<T>(take: () => T | undefined): Promise<T> {
    for (;;) {
      const taken = take();
      if (taken !== undefined) return taken;
      await once(this.#told, 'told');
    }
  }
}
