import { closeSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogFile } from '../../../src/init/log-file.ts';
import { noOutput, openProgramOutput, type ProgramOutput } from '../../../src/init/program-output.ts';
import { openDirectory } from '../../../src/linux/at.ts';
import { growPipe, makePipe } from '../../../src/linux/descriptors.ts';
import type { ProgramLogsPlan } from '../../../src/model/launch-plan.ts';

let directory: string;
let directoryFd: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-log-'));
  directoryFd = openDirectory(directory);
});
afterEach(() => {
  closeSync(directoryFd);
  rmSync(directory, { recursive: true });
});

const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) (.*)$/s;
const readLines = (name = '0.log') =>
  readFileSync(join(directory, name), 'latin1')
    .split('\n')
    .slice(0, -1)
    .map((text) => line.exec(text)?.slice(1) ?? [`not a CRI line: ${text}`]);

const logs = (changes: Partial<ProgramLogsPlan> = {}): ProgramLogsPlan => ({
  file: '0.log',
  format: 'text',
  maxBytes: 1 << 20,
  maxFiles: 3,
  ...changes,
});

const open = (changes: Partial<ProgramLogsPlan> = {}): ProgramOutput =>
  openProgramOutput(directoryFd, logs(changes), () => {});

/** What a program of its own would do: write the pieces and end. */
function print(output: ProgramOutput, pieces: readonly (string | Buffer)[], stream: 'stdout' | 'stderr' = 'stdout') {
  const [readEnd, writeEnd] = makePipe();
  growPipe(writeEnd, 1 << 20);
  const pump = output.pump(readEnd, stream);
  for (const piece of pieces) writeSync(writeEnd, piece as string);
  closeSync(writeEnd);
  pump.finish();
}

function pump(pieces: readonly (string | Buffer)[], changes: Partial<ProgramLogsPlan> = {}) {
  const output = open(changes);
  print(output, pieces);
  output.close();
}

describe('log pump', () => {
  test('writes one full CRI line for each line', () => {
    pump(['one\ntwo\n', '\n']);
    expect(readLines()).toEqual([
      ['stdout', 'F', 'one'],
      ['stdout', 'F', 'two'],
      ['stdout', 'F', ''],
    ]);
  });

  test('joins a line that came in pieces', () => {
    pump(['on', 'e\ntw', 'o\n']);
    expect(readLines().map(([, , text]) => text)).toEqual(['one', 'two']);
  });

  test('keeps the last line of a program that ends without a newline', () => {
    pump(['one\nlast']);
    expect(readLines().at(-1)).toEqual(['stdout', 'F', 'last']);
  });

  test('cuts lines over 16 KiB into partial ones', () => {
    pump([`${'x'.repeat(40_000)}\nshort\n`]);
    expect(readLines().map(([, tag, text]) => [tag, text?.length])).toEqual([
      ['P', 16384],
      ['P', 16384],
      ['F', 40_000 - 2 * 16384],
      ['F', 5],
    ]);
  });

  test('keeps a line of exactly 16 KiB whole', () => {
    pump([`${'x'.repeat(16384)}\n`]);
    expect(readLines().map(([, tag, text]) => [tag, text?.length])).toEqual([['F', 16384]]);
  });

  test('passes every byte but the newline through', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 10));
    pump([Buffer.concat([bytes, Buffer.from('\n')])]);
    expect(readFileSync(join(directory, '0.log')).subarray(-256, -1)).toEqual(bytes);
  });

  test('rotates by rename and keeps whole lines in every file', () => {
    for (let i = 0; i < 6; i++) pump([`${String(i).repeat(100)}\n`], { maxBytes: 200 });
    expect(readdirSync(directory).sort()).toEqual(['0.log', '0.log.1', '0.log.2']);
    expect(['0.log.2', '0.log.1', '0.log'].map((name) => readLines(name)[0]?.[2]?.[0])).toEqual(['3', '4', '5']);
  });

  test('keeps one file where only one is wanted', () => {
    for (let i = 0; i < 3; i++) pump([`${String(i).repeat(100)}\n`], { maxBytes: 200, maxFiles: 1 });
    expect(readdirSync(directory)).toEqual(['0.log']);
    expect(readLines().map(([, , text]) => text?.[0])).toEqual(['2']);
  });

  test('times of lines read later are later, also within one millisecond', () => {
    const output = open();
    for (let i = 0; i < 50; i++) print(output, [`${i}\n`]);
    output.close();
    const times = readFileSync(join(directory, '0.log'), 'latin1').match(/^\S+/gm) ?? [];
    expect(times).toHaveLength(50);
    expect([...new Set(times)].sort()).toEqual(times);
  });

  test('gives each program its lines whole and in order, however their output is chunked and mixed', async () => {
    const text = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.string({ maxLength: 40 }).map((value) => value.replaceAll('\n', '')) },
        { weight: 1, arbitrary: fc.integer({ min: 16_380, max: 33_000 }).map((length) => 'y'.repeat(length)) },
      ),
      { maxLength: 8 },
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 });
    const programs = fc.array(fc.record({ lines: text, cuts }), { minLength: 1, maxLength: 4 });
    await fc.assert(fc.asyncProperty(programs, checkMixed), { numRuns: 40 });
  });
});

interface Printing {
  readonly lines: readonly string[];
  /** sizes of its writes, over and over */
  readonly cuts: readonly number[];
}

/** Each prints a chunk in turn while the event loop wakes the pumps; then all that came out is compared. */
async function checkMixed(programs: readonly Printing[]): Promise<void> {
  const checks = await Promise.all(programs.map((program, index) => printInTurns(program, `0.p${index}.log`)));
  for (const check of checks) check();
}

async function printInTurns({ lines, cuts }: Printing, file: string): Promise<() => void> {
  const output = open({ file });
  const seen: string[] = [];
  const raw: Buffer[] = [];
  output.watchLines((each) => seen.push(each));
  output.tap((_stream, bytes) => raw.push(Buffer.from(bytes)));
  const [readEnd, writeEnd] = makePipe();
  output.pump(readEnd, 'stdout');
  const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    at += writeSync(writeEnd, bytes.subarray(at, at + (cuts[turn % cuts.length] ?? 1)));
    await new Promise(setImmediate);
  }
  closeSync(writeEnd);
  output.close();
  return () => {
    const written = joined(readLines(file)).map((each) => Buffer.from(each, 'latin1').toString());
    rmSync(join(directory, file));
    expect(written).toEqual(lines);
    expect(Buffer.concat(raw).equals(bytes)).toBe(true);
    expect(seen).toEqual(lines.map((each) => Buffer.from(each).subarray(0, 16_384).toString()));
  };
}

/** Partial entries and the one that ends them as one line. */
function joined(entries: readonly (readonly string[])[]): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const [, tag, text = ''] of entries) {
    begun += text;
    if (tag === 'P') continue;
    lines.push(begun);
    begun = '';
  }
  return lines;
}

describe('who listens to a program', () => {
  test('sees whole lines of both streams, and none after it went', () => {
    const output = open();
    const lines: string[] = [];
    const stop = output.watchLines((each) => lines.push(each));
    print(output, ['lis', 'tening\nrea', 'dy']);
    print(output, ['oops\n'], 'stderr');
    stop();
    print(output, ['later\n']);
    output.close();
    expect(lines).toEqual(['listening', 'ready', 'oops']);
  });

  test('that comes within a long line does not take its end for a line', () => {
    const output = open();
    const [readEnd, writeEnd] = makePipe();
    growPipe(writeEnd, 1 << 20);
    const pumping = output.pump(readEnd, 'stdout');
    const lines: string[] = [];
    // the first part is only taken when more than a part is there
    const first = output.tap(() => output.watchLines((each) => lines.push(each)));
    writeSync(writeEnd, 'x'.repeat(20_000));
    writeSync(writeEnd, '\nnext\n');
    closeSync(writeEnd);
    pumping.finish();
    first();
    output.close();
    expect(lines.map((each) => each.slice(0, 5))).toEqual(['xxxxx', 'next']);
  });

  test('may stop a pump from within', () => {
    const output = open();
    const [readEnd, writeEnd] = makePipe();
    const pumping = output.pump(readEnd, 'stdout');
    output.watchLines((each) => {
      if (each === 'a') pumping.finish();
    });
    writeSync(writeEnd, 'a\nb\nc');
    pumping.finish();
    closeSync(writeEnd);
    output.close();
    expect(readLines().map(([, , text]) => text)).toEqual(['a', 'b', 'c']);
  });

  test('is served without a log too', () => {
    const output = noOutput();
    const lines: string[] = [];
    output.watchLines((each) => lines.push(each));
    print(output, ['a\nb', `b\n${'z'.repeat(300_000)}`, '\nend']);
    expect(lines.map((each) => each.slice(0, 3))).toEqual(['a', 'bb', 'zzz', 'end']);
  });
});

describe('limits that change', () => {
  test('hold from the next line on, and too many files go at once', () => {
    const output = open({ maxBytes: 200, maxFiles: 5 });
    for (let i = 0; i < 5; i++) print(output, [`${'x'.repeat(150)}\n`]);
    expect(readdirSync(directory)).toHaveLength(5);
    output.reconfigure(logs({ maxBytes: 10_000, maxFiles: 2 }));
    expect(readdirSync(directory).sort()).toEqual(['0.log', '0.log.1']);
    for (let i = 0; i < 5; i++) print(output, [`${'x'.repeat(150)}\n`]);
    output.close();
    expect(readLines()).toHaveLength(6);
  });

  test('another file is written from the next line on', () => {
    const output = open();
    print(output, ['a\n']);
    output.reconfigure(logs({ file: '0.other.log' }));
    print(output, ['b\n']);
    output.close();
    expect([readLines(), readLines('0.other.log')].map(([first]) => first?.[2])).toEqual(['a', 'b']);
  });
});

describe('a disk that refuses', () => {
  const bytes = (text: string) => Buffer.from(text);

  test('costs lines, which are counted, and is told of once', () => {
    mkdirSync(join(directory, '0.log'));
    const told: string[] = [];
    const file = new LogFile(directoryFd, logs(), (reason) => told.push(reason), 0);
    for (let i = 0; i < 3; i++) file.append(bytes('lost\n'), 5, 1);
    expect(file.dropped()).toBe(3);
    expect(told).toEqual([expect.stringContaining('EISDIR')]);
    rmdirSync(join(directory, '0.log'));
    file.append(bytes('kept\n'), 5, 1);
    file.close();
    expect(readFileSync(join(directory, '0.log'), 'utf8')).toMatch(
      /^\S+ stderr F podctl: 3 log lines dropped: the disk refused them\nkept\n$/,
    );
    expect(file.dropped()).toBe(3);
  });

  test('that takes a line now and then is told of once, not each time', () => {
    const told: string[] = [];
    const file = new LogFile(directoryFd, logs({ maxBytes: 1, maxFiles: 2 }), (reason) => told.push(reason));
    const append = (text: string) => file.append(bytes(text), text.length, 1);
    append('first\n');
    for (let i = 0; i < 5; i++) {
      // no rotation is possible
      mkdirSync(join(directory, '0.log.1'));
      append('lost\n');
      rmdirSync(join(directory, '0.log.1'));
      append('kept\n');
      rmSync(join(directory, '0.log.1'));
    }
    expect(file.dropped()).toBe(5);
    expect(told).toHaveLength(1);
    file.close();
    expect(readFileSync(join(directory, '0.log'), 'utf8')).toMatch(/5 log lines dropped/);
  });
});
