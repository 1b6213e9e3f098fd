import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeLogFiles, findTail, openLogFiles } from '../../../src/daemon/log-files.ts';
import { type LogFollow, type LogRequest, readLog } from '../../../src/daemon/log-reader.ts';
import type { LogSources } from '../../../src/daemon/log-sources.ts';

const time = '2026-05-01T10:00:00.000000000Z';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync('/tmp/pd-log-');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (text: string, tag = 'F'): string => `${time} stdout ${tag} ${text}\n`;
const current = (attempt = 0): string => join(dir, `${attempt}.log`);
const append = (...lines: string[]): void => appendFileSync(current(), lines.map((line) => entry(line)).join(''));

/** As podinit does it: 0.log.1 → 0.log.2, 0.log → 0.log.1; the file after that is made by the next append. */
function rotate(attempt = 0, maxFiles = 5): void {
  for (let number = maxFiles - 1; number > 0; number -= 1) {
    const from = number === 1 ? current(attempt) : `${current(attempt)}.${number - 1}`;
    try {
      renameSync(from, `${current(attempt)}.${number}`);
    } catch {
      // not so many yet
    }
  }
}

/** The one log of a plain container. */
const plain = async (attempt: number): Promise<LogSources> => ({
  sources: [{ log: `${attempt}.log`, look: { prefix: Buffer.alloc(0) } }],
  isComplete: true,
});

async function read(options: Partial<LogRequest> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog({ dir, attempt: 0, find: plain, timestamps: false, ...options }))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('reading a log', () => {
  test('that does not exist gives nothing', async () => {
    expect(await read()).toBe('');
    expect(await read({ dir: join(dir, 'missing') })).toBe('');
    expect(await read({ tailLines: 0 })).toBe('');
    expect(await read({ tailLines: 5 })).toBe('');
  });

  test('gives the rotated files too, oldest first, of this run only', async () => {
    append('one');
    rotate();
    append('two');
    rotate();
    append('three');
    writeFileSync(current(1), entry('another run'));
    writeFileSync(current(10), entry('yet another'));
    expect(await read()).toBe('one\ntwo\nthree\n');
    expect(await read({ attempt: 1 })).toBe('another run\n');
  });

  test('gives a file whose writer has not made the next one yet', async () => {
    append('one');
    rotate();
    expect(await read()).toBe('one\n');
  });

  test('does not let a torn end of a file swallow the next file’s first line', async () => {
    appendFileSync(current(), `${entry('whole')}${time} stdout F torn`);
    rotate();
    append('next');
    expect(await read()).toBe('whole\ntorn\nnext\n');
  });

  test('stops after limitBytes', async () => {
    append('one', 'two');
    expect(await read({ limitBytes: 5 })).toBe('one\nt');
    expect(await read({ limitBytes: 100 })).toBe('one\ntwo\n');
  });

  test.each([
    [0, ''],
    [1, 'five\n'],
    [2, 'four\nfive\n'],
    [3, 'three\nfour\nfive\n'],
    [5, 'one\ntwo\nthree\nfour\nfive\n'],
    [50, 'one\ntwo\nthree\nfour\nfive\n'],
  ])('tails %i lines across rotated files', async (tailLines, expected) => {
    append('one', 'two');
    rotate();
    append('three');
    rotate();
    append('four', 'five');
    expect(await read({ tailLines })).toBe(expected);
  });

  test('leaves out files that were last written before the time asked for', async () => {
    append('old');
    rotate();
    append('new');
    expect(await read({ sinceMs: Date.parse(time) })).toBe('old\nnew\n');
    expect(await read({ sinceMs: Date.parse(time) + 1 })).toBe('');
    expect(await read({ sinceMs: Date.now() + 60_000 })).toBe('');
  });

  test('tails as many whole lines as asked, whatever the lines', async () => {
    const text = fc.array(
      fc.string({ maxLength: 20 }).filter((part) => !/\n/.test(part)),
      { minLength: 1, maxLength: 3 },
    );
    const long = fc.integer({ min: 60_000, max: 70_000 }).map((length) => ['y'.repeat(length)]);
    const lines = fc.array(fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: long }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(31), async (all, tailLines) => {
        const file = all.map((parts) =>
          parts.map((part, at) => entry(part, at === parts.length - 1 ? 'F' : 'P')).join(''),
        );
        writeFileSync(current(), file.join(''));
        const expected = all.slice(tailLines === 0 ? all.length : -tailLines).map((parts) => `${parts.join('')}\n`);
        expect(await read({ tailLines })).toBe(expected.join(''));
      }),
      { numRuns: 60 },
    );
  });

  test('finds the tail of a large file without reading it all', async () => {
    writeFileSync(current(), entry('x'.repeat(100)).repeat(200_000));
    const files = await openLogFiles(dir, '0.log');
    const size = files[0]?.sizeBytes ?? 0;
    expect(await findTail(files, 3)).toEqual({ index: 0, offset: size - 3 * entry('x'.repeat(100)).length, lines: 3 });
    await closeLogFiles(files);
  });
});

/** A follower whose output is taken line by line. */
class Follower {
  attempt = 0;
  over = false;
  /** it has opened the log and reads */
  readonly begun: Promise<void>;
  readonly #abort = new AbortController();
  readonly #lines: AsyncGenerator<string>;
  #wake: () => void = () => undefined;

  constructor(options: Partial<LogRequest> = {}) {
    let begin: () => void = () => undefined;
    this.begun = new Promise((resolve) => {
      begin = resolve;
    });
    const follow: LogFollow = {
      progress: () => {
        begin();
        return { attempt: this.attempt, over: this.over };
      },
      subscribe: (wake) => {
        this.#wake = wake;
        return () => undefined;
      },
    };
    this.#lines = linesOf(
      readLog({ dir, attempt: 0, find: plain, timestamps: false, ...options, follow }, this.#abort.signal),
    );
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const next = await this.#lines.next();
      if (next.done === true) return [...taken, '(end)'];
      taken.push(next.value);
    }
    return taken;
  }

  /** What the reconciler knows has changed. */
  tell(change: { readonly attempt?: number; readonly over?: boolean }): void {
    this.attempt = change.attempt ?? this.attempt;
    this.over = change.over ?? this.over;
    this.#wake();
  }

  abort(): void {
    this.#abort.abort();
  }
}

async function* linesOf(chunks: AsyncGenerator<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

describe('following a log', () => {
  test('gives what is there, then what comes, and ends when it is over', async () => {
    append('one');
    const follower = new Follower();
    expect(await follower.take(1)).toEqual(['one']);
    append('two');
    expect(await follower.take(1)).toEqual(['two']);
    append('three');
    follower.tell({ over: true });
    expect(await follower.take(5)).toEqual(['three', '(end)']);
  });

  test('begins at the tail', async () => {
    append('one', 'two', 'three');
    const follower = new Follower({ tailLines: 1 });
    expect(await follower.take(1)).toEqual(['three']);
    follower.abort();
    const fresh = new Follower({ tailLines: 0 });
    const next = fresh.take(1);
    await fresh.begun;
    append('four');
    expect(await next).toEqual(['four']);
    fresh.abort();
  });

  test('waits for the rest of an entry that is written in pieces', async () => {
    const follower = new Follower();
    append('one');
    expect(await follower.take(1)).toEqual(['one']);
    const line = entry('two');
    appendFileSync(current(), line.slice(0, 40));
    appendFileSync(current(), line.slice(40));
    expect(await follower.take(1)).toEqual(['two']);
    follower.abort();
    expect(await follower.take(1)).toEqual(['(end)']);
  });

  test('goes through rotations without losing or repeating a line', async () => {
    const follower = new Follower();
    const expected: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (let line = 0; line < 3; line += 1) {
        append(`${round}.${line}`);
        expected.push(`${round}.${line}`);
      }
      rotate();
      if (round % 3 === 0) {
        append(`${round}.after`);
        expected.push(`${round}.after`);
        rotate();
      }
      if (round % 2 === 1) expect(await follower.take(expected.length)).toEqual(expected.splice(0));
    }
    follower.abort();
  });

  test('takes up again after more rotations than files are kept', async () => {
    append('first');
    const follower = new Follower();
    expect(await follower.take(1)).toEqual(['first']);
    for (let round = 0; round < 10; round += 1) {
      rotate(0, 3);
      append(`${round}`);
    }
    expect((await follower.take(3)).at(-1)).toBe('9');
    follower.abort();
  });

  test('goes on after podinit cut off an entry that a full disk took half of', async () => {
    append('one');
    const follower = new Follower();
    expect(await follower.take(1)).toEqual(['one']);
    const size = entry('one').length;
    appendFileSync(current(), entry('lost').slice(0, 20));
    truncateSync(current(), size);
    append('two');
    const [next] = await follower.take(1);
    expect([next, next === 'two' ? 'two' : (await follower.take(1))[0]].at(-1)).toBe('two');
    follower.abort();
  });

  test('goes on into the next runs, also over one that wrote nothing', async () => {
    append('run 0');
    const follower = new Follower();
    expect(await follower.take(1)).toEqual(['run 0']);
    append('last words');
    writeFileSync(current(2), entry('run 2'));
    follower.tell({ attempt: 2 });
    expect(await follower.take(2)).toEqual(['last words', 'run 2']);
    appendFileSync(current(2), entry('more'));
    expect(await follower.take(1)).toEqual(['more']);
    follower.tell({ over: true });
    expect(await follower.take(1)).toEqual(['(end)']);
  });

  test('waits for a directory that does not exist yet', async () => {
    const later = join(dir, 'later');
    const follower = new Follower({ dir: later });
    const first = follower.take(1);
    mkdirSync(later);
    writeFileSync(join(later, '0.log'), entry('here'));
    follower.tell({});
    expect(await first).toEqual(['here']);
    follower.abort();
  });

  test('ends with what was written when the log is deleted', async () => {
    append('one');
    const follower = new Follower();
    expect(await follower.take(1)).toEqual(['one']);
    append('two');
    rmSync(dir, { recursive: true });
    follower.tell({ over: true });
    expect(await follower.take(5)).toEqual(['two', '(end)']);
  });
});
