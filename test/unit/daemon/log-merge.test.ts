import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogRequest, readLog } from '../../../src/daemon/log-reader.ts';
import { findLogSources, type LogShow } from '../../../src/daemon/log-sources.ts';
import { programKey } from '../../../src/model/program-name.ts';
import type { ContainerLocation, LocatedProgram } from '../../../src/reconcile/reconciler.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync('/tmp/pd-merge-');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (ms: number): string => `${new Date(Date.UTC(2026, 4, 1) + ms).toISOString().slice(0, -1)}000000Z`;
const entry = (ms: number, text: string, tag = 'F', stream = 'stdout'): string =>
  `${at(ms)} ${stream} ${tag} ${text}\n`;
const file = (key: string, attempt = 0): string => join(dir, `${attempt}.${key}.log`);

const aProgram = (
  program: string,
  more: Partial<LocatedProgram['logs']> & { instance?: number; label?: string } = {},
): LocatedProgram => {
  const { instance = 0, label = program, ...logs } = more;
  const spec = { format: 'text', maxBytes: 1, maxFiles: 1, ...logs } as const;
  return { program, instance, key: programKey(program, instance), label, logs: spec };
};

const location = (programs: readonly LocatedProgram[], attempt = 0): ContainerLocation => ({
  ...{ container: 'app', logDir: dir, network: 'pod', attempt, isPlain: false, programs },
});

interface Reading extends Partial<LogRequest>, Partial<LogShow> {
  readonly program?: string;
  readonly instance?: number;
}

function open(where: () => ContainerLocation, options: Reading = {}): AsyncGenerator<Buffer> {
  const { program, instance, prefix = 'auto', format, colour = false, ...request } = options;
  const show: LogShow = { pod: 'web', prefix, colour, ...(format === undefined ? {} : { format }) };
  const ref = program === undefined ? undefined : { program, ...(instance === undefined ? {} : { instance }) };
  const find = (attempt: number) => findLogSources(where(), attempt, ref, show);
  return readLog({ dir, attempt: 0, timestamps: false, find, ...request });
}

async function read(programs: readonly LocatedProgram[], options: Reading = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of open(() => location(programs), options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const two = [aProgram('web'), aProgram('db', { prefix: 'db | ' })];

describe('the logs of several programs', () => {
  beforeEach(() => {
    writeFileSync(file('web'), entry(1, 'w1') + entry(4, 'w4') + entry(5, 'w5'));
    writeFileSync(file('db'), entry(2, 'd2') + entry(4, 'd4') + entry(9, 'd9'));
  });

  test('are one, in the order of their times, each line behind its program', async () => {
    expect(await read(two)).toBe('[web] w1\ndb | d2\n[web] w4\ndb | d4\n[web] w5\ndb | d9\n');
  });

  test('lines of the same time come in the order of the manifest', async () => {
    expect(await read([...two].reverse(), { prefix: 'never' })).toBe('w1\nd2\nd4\nw4\nw5\nd9\n');
  });

  test.each<[string, Reading, string]>([
    ['no prefix', { prefix: 'never' }, 'w1\nd2\nw4\nd4\nw5\nd9\n'],
    ['their times behind the prefix', { timestamps: true, tailLines: 1 }, `db | ${at(9)} d9\n`],
    ['the last lines of all', { tailLines: 3 }, 'db | d4\n[web] w5\ndb | d9\n'],
    ['none', { tailLines: 0 }, ''],
    ['more than there are', { tailLines: 100, prefix: 'never' }, 'w1\nd2\nw4\nd4\nw5\nd9\n'],
    ['what is new', { sinceMs: Date.UTC(2026, 4, 1) + 5 }, '[web] w5\ndb | d9\n'],
    ['some bytes', { limitBytes: 12 }, '[web] w1\ndb '],
    ['one program, without a prefix', { program: 'web' }, 'w1\nw4\nw5\n'],
    ['one program, with one', { program: 'web', prefix: 'always' }, '[web] w1\n[web] w4\n[web] w5\n'],
    ['a program that never was', { program: 'none' }, ''],
  ])('give %s', async (_what, options, expected) => {
    expect(await read(two, options)).toBe(expected);
  });

  test('are coloured by program', async () => {
    expect(await read(two, { colour: true, tailLines: 2 })).toBe(
      '\u001b[36m[web] \u001b[0mw5\n\u001b[33mdb | \u001b[0md9\n',
    );
  });

  test('are objects when asked for, or where the manifest says so', async () => {
    const object = { time: at(9), pod: 'web', container: 'app', program: 'db', stream: 'stdout', log: 'd9' };
    const text = await read(two, { format: 'json', tailLines: 2 });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ ...object, time: at(5), program: 'web', log: 'w5' }, object]);
    const mixed = await read([aProgram('web'), aProgram('db', { format: 'json' })], { tailLines: 2 });
    expect(mixed).toBe(`[web] w5\n${JSON.stringify(object)}\n`);
    expect(await read([aProgram('db', { format: 'json' })], { program: 'db', instance: 0, format: 'text' })).toBe(
      'd2\nd4\nd9\n',
    );
  });

  test('of a program that was removed are still there, by its file', async () => {
    writeFileSync(file('old:1'), entry(3, 'o3'));
    expect(await read(two, { tailLines: 5 })).toBe(
      'db | d2\n[old:1] o3\n[web] w4\ndb | d4\n[web] w5\ndb | d9\n'.slice(8),
    );
    expect(await read(two, { program: 'old' })).toBe('o3\n');
  });

  test('of several instances are told apart', async () => {
    writeFileSync(file('w'), entry(1, 'zero'));
    writeFileSync(file('w:1'), entry(2, 'one'));
    const programs = [0, 1].map((instance) => aProgram('w', { instance, label: `w:${instance}` }));
    expect(await read(programs, { program: 'w' })).toBe('[w:0] zero\n[w:1] one\n');
    expect(await read(programs, { program: 'w', instance: 1 })).toBe('one\n');
  });

  test('of another run are not mixed in', async () => {
    writeFileSync(file('web', 10), entry(1, 'ten'));
    writeFileSync(join(dir, '1.log'), entry(1, 'plain'));
    expect(await read(two, { program: 'web' })).toBe('w1\nw4\nw5\n');
    expect(await read(two, { attempt: 1 })).toBe('plain\n');
  });

  test('keep the parts of a line together', async () => {
    writeFileSync(file('web'), entry(1, 'a', 'P') + entry(3, 'b', 'P') + entry(5, 'c'));
    writeFileSync(file('db'), entry(2, 'x') + entry(4, 'y'));
    expect(await read(two, { prefix: 'never' })).toBe('abc\nx\ny\n');
    const long = 'z'.repeat(16_384);
    writeFileSync(file('web'), entry(1, long, 'P').repeat(100) + entry(9, 'end'));
    expect(await read(two, { prefix: 'never' })).toBe(`${long.repeat(100)}end\nx\ny\n`);
  });

  test('with what is not of the format stay where they are', async () => {
    writeFileSync(file('web'), `${entry(1, 'w1')}junk\n${entry(8, 'w8')}`);
    expect(await read(two, { prefix: 'never' })).toBe('w1\njunk\nd2\nd4\nw8\nd9\n');
  });

  test('merge to every line once, each program in its order, all by time, however they are chunked and tailed', async () => {
    const line = fc.record({
      gap: fc.nat(3),
      text: fc.oneof(
        { weight: 9, arbitrary: fc.string({ maxLength: 30 }).map((value) => value.replaceAll('\n', '')) },
        { weight: 1, arbitrary: fc.integer({ min: 5000, max: 40_000 }).map((length) => 'q'.repeat(length)) },
      ),
    });
    const logs = fc.array(fc.array(line, { maxLength: 20 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(logs, fc.option(fc.nat(40), { nil: undefined }), async (all, tailLines) => {
        for (const name of readdirSync(dir)) rmSync(join(dir, name));
        const programs = all.map((_, index) => aProgram(`p${index}`));
        const lines = all.flatMap((log, index) => {
          const timed = log.map(({ gap, text }, at) => ({ ms: 5 * at + gap, index, text }));
          writeFileSync(file(`p${index}`), timed.map((each) => entry(each.ms, each.text)).join(''));
          return timed;
        });
        const sorted = lines.sort((a, b) => a.ms - b.ms || a.index - b.index);
        const kept = tailLines === undefined ? sorted : sorted.slice(Math.max(0, sorted.length - tailLines));
        const text = await read(programs, { prefix: 'never', ...(tailLines === undefined ? {} : { tailLines }) });
        // not toBe: the difference may be a megabyte long
        expect(text === kept.map((each) => `${each.text}\n`).join('')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('following several programs', () => {
  let programs: readonly LocatedProgram[];
  let now: { attempt: number; over: boolean };
  let wake: () => void;
  let abort: AbortController;

  async function* follow(options: Reading = {}): AsyncGenerator<string> {
    const progress = () => ({ ...now });
    const subscribe = (listener: () => void) => {
      wake = listener;
      return () => undefined;
    };
    const where = () => location(programs, now.attempt);
    let rest = '';
    for await (const chunk of open(where, { ...options, follow: { progress, subscribe } })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  const take = async (lines: AsyncGenerator<string>, count: number): Promise<string[]> => {
    const taken: string[] = [];
    while (taken.length < count) {
      const next = await lines.next();
      if (next.done === true) return [...taken, '(end)'];
      taken.push(next.value);
    }
    return taken;
  };

  beforeEach(() => {
    programs = two;
    now = { attempt: 0, over: false };
    abort = new AbortController();
  });
  afterEach(() => abort.abort());

  test('gives what comes, of programs that appear too, through rotations and into the next run', async () => {
    writeFileSync(file('web'), entry(1, 'w1'));
    const lines = follow();
    expect(await take(lines, 1)).toEqual(['[web] w1']);
    appendFileSync(file('db'), entry(2, 'd2'));
    expect(await take(lines, 1)).toEqual(['db | d2']);
    appendFileSync(file('new'), entry(3, 'n3'));
    expect(await take(lines, 1)).toEqual(['[new] n3']);
    renameSync(file('web'), `${file('web')}.1`);
    appendFileSync(file('web'), entry(4, 'w4'));
    expect(await take(lines, 1)).toEqual(['[web] w4']);
    appendFileSync(file('db'), entry(5, 'd5'));
    writeFileSync(file('web', 1), entry(6, 'again'));
    now = { attempt: 1, over: false };
    wake();
    expect(await take(lines, 2)).toEqual(['db | d5', '[web] again']);
    now = { attempt: 1, over: true };
    appendFileSync(file('db', 1), entry(7, 'last', 'P'));
    wake();
    expect(await take(lines, 2)).toEqual(['db | last', '(end)']);
  });

  test('begins at the tail of all', async () => {
    writeFileSync(file('web'), entry(1, 'w1') + entry(3, 'w3'));
    writeFileSync(file('db'), entry(2, 'd2'));
    const lines = follow({ tailLines: 2 });
    expect(await take(lines, 2)).toEqual(['db | d2', '[web] w3']);
    appendFileSync(file('db'), entry(4, 'd4') + entry(5, 'd5'));
    appendFileSync(file('new'), entry(6, 'n6') + entry(7, 'n7') + entry(8, 'n8'));
    expect((await take(lines, 5)).sort()).toEqual(['[new] n6', '[new] n7', '[new] n8', 'db | d4', 'db | d5']);
    now = { attempt: 0, over: true };
    wake();
    expect(await take(lines, 1)).toEqual(['(end)']);
  });

  test('prefixes a program that got a sibling from then on', async () => {
    programs = [aProgram('w')];
    writeFileSync(file('w'), entry(1, 'one'));
    const lines = follow();
    expect(await take(lines, 1)).toEqual(['one']);
    programs = [aProgram('w', { label: 'w:0' }), aProgram('w', { instance: 1, label: 'w:1' })];
    writeFileSync(file('w:1'), entry(2, 'two'));
    expect(await take(lines, 1)).toEqual(['[w:1] two']);
    appendFileSync(file('w'), entry(3, 'three'));
    expect(await take(lines, 1)).toEqual(['[w:0] three']);
    now = { attempt: 0, over: true };
    wake();
    expect(await take(lines, 1)).toEqual(['(end)']);
  });
});
