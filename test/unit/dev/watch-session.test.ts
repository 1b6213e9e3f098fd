/** Rules that come and go, patterns that change, loops, and kernels that do not tell everything; on the real file system. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WatchProblem } from '../../../src/dev/watch-rules.ts';
import type { DevRule } from '../../../src/model/dev-rule.ts';
import { aRule, WatchedDirectory } from '../../support/watched-directory.ts';

// longer than any wait for a batch: that one says what is missing
vi.setConfig({ testTimeout: 120_000 });

let files: WatchedDirectory;
beforeEach(() => {
  files = new WatchedDirectory();
});
afterEach(() => files.close());

const sourceRule = (rule: Partial<DevRule> = {}) => aRule({ paths: [files.path('src')], ...rule });

describe('patterns', () => {
  test('decide what is told and what is watched', async () => {
    files.write('src/a.ts');
    files.write('src/node_modules/deep/er/x.js');
    files.write('src/.git/objects/aa/x');
    files.write('src/out/deep/er/x.js');
    const watcher = await files.watch([sourceRule({ include: ['*.ts'], exclude: ['out'] })]);
    const before = watcher.stats().watchedPaths;
    files.write('src/node_modules/deep/er/x.js', 'y');
    files.write('src/.git/HEAD', 'y');
    files.write('src/out/deep/er/y.ts', 'y');
    files.write('src/readme.md', 'y');
    files.write('src/b.ts', 'y');
    expect(await files.next()).toEqual(['added src/b.ts']);
    expect(watcher.stats().watchedPaths).toBe(before);
  });

  test('of an ignore file are read again when it changes; what they let in or leave out is no change', async () => {
    files.write('src/.gitignore', '*.log\nout/');
    files.write('src/a.log');
    files.write('src/a.ts');
    files.write('src/out/x.js');
    files.write('src/gen/y.js');
    await files.watch([sourceRule()]);
    files.write('src/a.log', 'ignored');
    files.write('src/.gitignore', 'gen/');
    expect(await files.next()).toEqual(['changed src/.gitignore']);
    files.write('src/a.log', 'now told');
    files.write('src/out/x.js', 'now told');
    files.write('src/gen/y.js', 'not any more');
    expect(await files.next()).toEqual(['changed src/a.log', 'changed src/out/x.js']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('and files that change in one burst with an ignore file are told', async () => {
    files.write('src/.gitignore', '*.log');
    files.write('src/a.ts', 'one');
    await files.watch([sourceRule()]);
    files.write('src/.gitignore', '*.tmpl');
    files.write('src/a.ts', 'two');
    files.write('src/new/b.ts', 'new');
    expect(await files.next()).toEqual(['changed src/.gitignore', 'changed src/a.ts', 'added src/new/b.ts']);
    expect(await files.isQuiet('src/new')).toBe(true);
  });

  test("of the repository's ignore file count below it, and follow its changes", async () => {
    mkdirSync(files.path('.git'));
    files.write('.gitignore', '*.log');
    files.write('src/a.log', 'one');
    await files.watch([sourceRule()]);
    files.write('src/a.log', 'two');
    expect(await files.isQuiet('src')).toBe(true);
    files.write('.gitignore', '');
    // it lies outside of what is watched: no batch of its own
    expect(await files.isQuiet('src')).toBe(true);
    files.write('src/a.log', 'three');
    expect(await files.next()).toEqual(['changed src/a.log']);
  });
});

describe('update', () => {
  test('takes new rules in, lets old ones go, and keeps the rest with what is pending', async () => {
    files.write('src/a.ts');
    files.write('lib/b.ts');
    files.write('web/c.ts');
    const rule = (name: string) => aRule({ id: name, paths: [files.path(name)] });
    const watcher = await files.watch([rule('src'), rule('lib')]);
    files.write('src/a.ts', 'two');
    await watcher.update([rule('src'), rule('web')]);
    files.write('lib/b.ts', 'nobody listens');
    files.write('web/c.ts', 'two');
    const told = [await files.nextBatch(), await files.nextBatch()].map(({ rule: { id }, changes }) => [
      id,
      changes.length,
    ]);
    expect(told.sort()).toEqual([
      ['src', 1],
      ['web', 1],
    ]);
    await watcher.update([]);
    expect(watcher.stats()).toEqual({ watchedPaths: 0, pending: 0 });
  });

  test('loses no change that came just before a rule was written anew', async () => {
    files.write('src/a.ts', 'one');
    files.write('src/b.log', 'one');
    const watcher = await files.watch([sourceRule()]);
    files.write('src/a.ts', 'two');
    files.write('src/b.log', 'two');
    await watcher.update([sourceRule({ exclude: ['*.log'], debounceMs: 61 })]);
    expect(await files.next()).toEqual(['changed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('tells nothing after close', async () => {
    files.write('src/a.ts', 'one');
    const watcher = await files.watch([sourceRule({ debounceMs: 0 })]);
    files.write('src/a.ts', 'two');
    const told = files.nextBatch().then(
      () => 'told',
      () => 'nothing',
    );
    await watcher.close();
    const other = new WatchedDirectory();
    try {
      await other.watch([aRule({ paths: [other.path('x')] })]);
      other.write('x');
      await other.next();
    } finally {
      await other.close();
    }
    expect(await Promise.race([told, Promise.resolve('nothing yet')])).toBe('nothing yet');
  });
});

test('a writer that never rests is told once a second', async () => {
  files.write('src/a.log', '');
  await files.watch([sourceRule({ debounceMs: 100 })]);
  // A machine that stops this process for a while makes the writer rest: what is told then does not count.
  let longestRestMs = 0;
  let lastMs = performance.now();
  const writer = setInterval(() => {
    appendFileSync(files.path('src/a.log'), 'line\n');
    longestRestMs = Math.max(longestRestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 10);
  try {
    for (let tookMs = 0; tookMs < 990; ) {
      const fromMs = performance.now();
      longestRestMs = 0;
      expect(await files.next()).toEqual(['changed src/a.log']);
      tookMs = performance.now() - fromMs;
      if (Math.max(longestRestMs, performance.now() - lastMs) < 50) expect(tookMs).toBeGreaterThanOrEqual(990);
    }
  } finally {
    clearInterval(writer);
  }
});

describe('an action that changes what its rule watches', () => {
  /** Acts on each batch as `write` says, until told why no more. */
  async function actUntilStopped(write: (round: number) => void): Promise<{ rounds: number; problem: WatchProblem }> {
    for (let rounds = 0; ; rounds++) {
      const told = await files.nextTold();
      if (!('rule' in told)) return { rounds, problem: told };
      const done = files.watcher?.acting(told.rule);
      write(rounds);
      // The action lasts until the watcher has heard of it.
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      done?.();
    }
  }

  test('is stopped after three rounds, told with its files, and heard again when something else changes', async () => {
    files.write('src/a.ts');
    await files.watch([sourceRule()]);
    files.write('src/a.ts', 'by hand');
    const { rounds, problem } = await actUntilStopped((round) => files.write('src/out.js', `round ${round}`));
    expect(rounds).toBe(3);
    expect(problem).toEqual({
      message: `restart of web/server changes the files that it watches: ${files.path('src/out.js')}: stopped until something else changes`,
      hint: 'exclude them (dev.watch[].exclude), or write them elsewhere',
    });
    files.write('src/a.ts', 'by hand again');
    // with what was held back
    expect(await files.next()).toEqual(['changed src/a.ts', 'changed src/out.js']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('is none when a person saves three times while it runs', async () => {
    files.write('src/a.ts');
    const watcher = await files.watch([sourceRule({ debounceMs: 30 })]);
    for (let round = 0; round < 3; round++) {
      files.write('src/a.ts', `save ${round}`);
      const { rule, changes } = await files.nextBatch();
      expect(changes).toHaveLength(1);
      // the next save falls into the action
      setTimeout(watcher.acting(rule), 40);
    }
    files.write('src/b.ts');
    expect(await files.next()).toEqual(['added src/b.ts']);
    expect(files.problems).toEqual([]);
  });
});

describe('a kernel that does not tell everything', () => {
  test('the last change is told although the queue of events was full', async () => {
    files.write('src/a.ts', 'one');
    await files.watch([sourceRule()]);
    const [x, y] = [openSync(files.path('src/x'), 'w'), openSync(files.path('src/y'), 'w')];
    // equal events that follow each other are one to the kernel: two files in turn (fs.inotify.max_queued_events is 16384)
    for (let i = 0; i < 20_000; i++) writeSync(i % 2 === 0 ? x : y, '.');
    closeSync(x);
    closeSync(y);
    files.write('src/a.ts', 'two');
    files.write('src/new/b.ts', 'unheard of');
    expect(await files.next()).toEqual(['changed src/a.ts', 'added src/new/b.ts', 'added src/x', 'added src/y']);
    expect(await files.isQuiet('src/new')).toBe(true);
  });

  test('polling tells the same', async () => {
    files.write('src/a.ts', 'one');
    files.write('src/lib/b.ts', 'one');
    const watcher = await files.watch([sourceRule()], { polling: true });
    expect(watcher.stats().watchedPaths).toBe(1);
    writeFileSync(files.path('src/a.ts'), 'two');
    files.write('src/new/c.ts');
    rmSync(files.path('src/lib'), { recursive: true });
    expect(await files.next()).toEqual(['changed src/a.ts', 'removed src/lib/b.ts', 'added src/new/c.ts']);
    files.write('src/n', 'x');
    renameSync(files.path('src/n'), files.path('src/a.ts'));
    expect(await files.next()).toEqual(['changed src/a.ts']);
    unlinkSync(files.path('src/a.ts'));
    expect(await files.next()).toEqual(['removed src/a.ts']);
    expect(await files.isQuiet('src')).toBe(true);
  });

  test('a directory without permission is told once, and the rest goes on', async () => {
    files.write('src/a.ts', 'one');
    files.write('src/secret/b.ts', 'one');
    files.write('src/more/c.ts', 'one');
    chmodSync(files.path('src/secret'), 0);
    const restore = asNobody(files.base);
    try {
      await files.watch([sourceRule()]);
      files.write('src/more/c.ts', 'two');
      expect(await files.next()).toEqual(['changed src/more/c.ts']);
      expect(await files.isQuiet('src')).toBe(true);
      expect(files.problems).toEqual([
        {
          message: `watch ${files.path('src/secret')}: EACCES: changes in it are not seen`,
          hint: 'make it readable, or exclude it',
        },
      ]);
    } finally {
      restore();
      chmodSync(files.path('src/secret'), 0o700);
    }
  });
});

/** root may read everything: give the files to nobody (with all in them) and be nobody. */
function asNobody(directory: string): () => void {
  if (process.geteuid?.() !== 0) return () => undefined;
  const nobody = 65_534;
  for (const path of ['', 'src', 'src/a.ts', 'src/secret', 'src/more', 'src/more/c.ts']) {
    chownSync(`${directory}/${path}`, nobody, nobody);
  }
  process.seteuid?.(nobody);
  return () => process.seteuid?.(0);
}
