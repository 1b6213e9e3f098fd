import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProgramOutput } from '../../../src/init/program-output.ts';
import { createStdoutOutputs, type StdoutOptions } from '../../../src/init/stdout-output.ts';
import { makePipe, setNonblocking } from '../../../src/linux/descriptors.ts';
import type { ProgramLogsPlan } from '../../../src/model/launch-plan.ts';

let directory: string;
let fds: number[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-out-'));
  fds = [];
});
afterEach(() => {
  for (const fd of fds) closeSync(fd);
  rmSync(directory, { recursive: true });
});

const logs = (more: Partial<ProgramLogsPlan> = {}): ProgramLogsPlan => ({
  ...{ file: 'unused', format: 'text', maxBytes: 1, maxFiles: 1 },
  ...more,
});

function openFile(name: string): number {
  const fd = openSync(join(directory, name), 'a');
  fds.push(fd);
  return fd;
}

const written = (name = 'out'): string => readFileSync(join(directory, name), 'utf8');

const toFile = (more: Partial<StdoutOptions> = {}) => {
  const stdout = openFile('out');
  return createStdoutOutputs({ stdout, stderr: stdout, onLoss: () => {}, ...more });
};

function print(output: ProgramOutput, text: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout'): void {
  const [readEnd, writeEnd] = makePipe();
  const pump = output.pump(readEnd, stream);
  writeSync(writeEnd, text as string);
  closeSync(writeEnd);
  pump.finish();
}

describe('the output of programs on stdout', () => {
  test('of the only one is as it is', () => {
    const outputs = toFile();
    print(outputs('web', logs()), 'one\ntwo');
    expect(written()).toBe('one\ntwo\n');
    outputs.close();
  });

  test('of several is prefixed', () => {
    const outputs = toFile({ isOnlyProgram: () => false });
    const web = outputs('web', logs());
    print(web, 'a\n');
    print(outputs('db:1', logs({ prefix: 'db | ' })), 'b\n', 'stderr');
    web.reconfigure(logs({ prefix: '' }));
    print(web, 'c\n');
    expect(written()).toBe('[web] a\ndb | b\nc\n');
    outputs.close();
  });

  test('goes to stdout and stderr as it came', () => {
    const stderr = openFile('err');
    const outputs = toFile({ stderr });
    const web = outputs('web', logs());
    print(web, 'out\n');
    print(web, 'err\n', 'stderr');
    expect([written(), written('err')]).toEqual(['out\n', 'err\n']);
    outputs.close();
  });

  test('has times when asked', () => {
    const outputs = toFile({ timestamps: true });
    print(outputs('web', logs({ prefix: '> ' })), 'one\n');
    expect(written()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z > one\n$/);
    outputs.close();
  });

  test('is one JSON object a line where the manifest says so', () => {
    const outputs = toFile();
    print(outputs('web:2', logs({ format: 'json' })), 'say "hi"\u0001\n', 'stderr');
    const { time, ...line } = JSON.parse(written());
    expect(new Date(time).toISOString()).toBe(time);
    expect(line).toEqual({ program: 'web', instance: 2, stream: 'stderr', log: 'say "hi"\u0001' });
    outputs.close();
  });

  test('long lines come in marked pieces, cut between characters', () => {
    const outputs = toFile();
    const text = `x${'é'.repeat(9000)}`;
    print(outputs('web', logs({ format: 'json' })), `${text}\n`);
    const pieces = written()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pieces.map(({ partial }) => partial)).toEqual([true, undefined]);
    expect(pieces.map(({ log }) => log).join('')).toBe(text);
    print(outputs('text', logs({ prefix: '' })), `${'y'.repeat(20_000)}\n`);
    expect(
      written()
        .split('\n')
        .slice(2)
        .map((line) => line.length),
    ).toEqual([16_386, 20_000 - 16_384, 0]);
    expect(written()).toContain('yy \\\nyy');
    outputs.close();
  });

  test('keeps each program’s lines whole and in order, however they are chunked and mixed', () => {
    const text = fc.string({ maxLength: 20 }).map((value) => value.replaceAll('\n', ''));
    const piece = fc.record({ program: fc.nat(2), size: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { maxLength: 8 }), { minLength: 3, maxLength: 3 }),
        fc.array(piece),
        (all, turns) => {
          const outputs = toFile({ isOnlyProgram: () => false });
          const before = written().length;
          const running = all.map((lines, index) => {
            const [readEnd, writeEnd] = makePipe();
            setNonblocking(readEnd);
            const output = outputs(`p${index}`, logs());
            const pump = output.pump(readEnd, 'stdout');
            return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')), at: 0, writeEnd, output, pump };
          });
          const turn = (index: number, size: number): void => {
            const program = running[index];
            if (program === undefined || program.at >= program.bytes.length) return;
            program.at += writeSync(program.writeEnd, program.bytes.subarray(program.at, program.at + size));
          };
          for (const { program, size } of turns) turn(program, size);
          for (const [index] of running.entries()) turn(index, 100_000);
          for (const { writeEnd, output } of running) {
            closeSync(writeEnd);
            output.close();
          }
          const lines = Buffer.from(written()).toString().slice(before).split('\n').slice(0, -1);
          for (const [index, wanted] of all.entries()) {
            const own = lines.filter((line) => line.startsWith(`[p${index}] `)).map((line) => line.slice(5));
            expect(own).toEqual(wanted);
          }
          outputs.close();
          rmSync(join(directory, 'out'));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a reader that does not keep up', () => {
  const readAll = (fd: number): string => {
    const chunks: Buffer[] = [];
    const buffer = Buffer.alloc(1 << 16);
    try {
      for (let got = readSync(fd, buffer); got > 0; got = readSync(fd, buffer)) {
        chunks.push(Buffer.from(buffer.subarray(0, got)));
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
    }
    return Buffer.concat(chunks).toString();
  };

  test('costs whole lines, never time; they are counted and told of when it goes on', async () => {
    const [readEnd, writeEnd] = makePipe();
    fds.push(readEnd, writeEnd);
    setNonblocking(readEnd);
    const told: string[] = [];
    const outputs = createStdoutOutputs({ stdout: writeEnd, stderr: writeEnd, onLoss: (why) => told.push(why) });
    const web = outputs('web', logs());
    const block = Array.from({ length: 500 }, (_, i) => `${String(i).padStart(99, '.')}\n`).join('');
    for (let i = 0; i < 40; i++) print(web, block);
    expect(told).toEqual(['its reader is too slow']);
    const dropped = web.linesDropped();
    expect(dropped).toBeGreaterThan(0);
    let text = '';
    while (!/lines dropped/.test(text)) {
      text += readAll(readEnd);
      await new Promise(setImmediate);
    }
    print(web, 'after\n');
    text += readAll(readEnd);
    const lines = text.trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual([
      `podinit: ${dropped} lines dropped: the reader of this output did not keep up`,
      'after',
    ]);
    expect(lines.length - 2 + dropped).toBe(40 * 500);
    for (const line of lines.slice(0, -2)) expect(line).toMatch(/^\.+\d+$/);
    expect(web.linesDropped()).toBe(dropped);
    outputs.close();
  });

  test('may be gone', async () => {
    const [readEnd, writeEnd] = makePipe();
    fds.push(writeEnd);
    const told: string[] = [];
    const outputs = createStdoutOutputs({ stdout: writeEnd, stderr: writeEnd, onLoss: (why) => told.push(why) });
    const web = outputs('web', logs());
    closeSync(readEnd);
    for (let i = 0; i < 3; i++) print(web, 'lost\n');
    expect(told).toEqual(['its reader is gone']);
    expect(web.linesDropped()).toBe(3);
    outputs.drain(1000);
    outputs.close();
  });

  test('gets what waits at the end', () => {
    const [readEnd, writeEnd] = makePipe();
    fds.push(readEnd, writeEnd);
    setNonblocking(readEnd);
    const outputs = createStdoutOutputs({ stdout: writeEnd, stderr: writeEnd, onLoss: () => {} });
    print(outputs('web', logs()), `${'x'.repeat(60_000)}\n`);
    print(outputs('db', logs({ prefix: '' })), `${'y'.repeat(60_000)}\n`);
    const first = readAll(readEnd);
    outputs.drain(10);
    expect((first + readAll(readEnd)).match(/[xy]/g)).toHaveLength(120_000);
    outputs.close();
  });
});
