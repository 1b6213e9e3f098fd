import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogFile } from '../../../src/init/log-file.ts';
import { startLogPump } from '../../../src/init/log-pump.ts';
import { openDirectory } from '../../../src/linux/at.ts';
import { growPipe, makePipe } from '../../../src/linux/descriptors.ts';

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

const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) (.*)$/;
const readLines = (name = '0.log') =>
  readFileSync(join(directory, name), 'latin1')
    .split('\n')
    .slice(0, -1)
    .map((text) => line.exec(text)?.slice(1) ?? [`not a CRI line: ${text}`]);

/** Write the pieces, pumping after each as the event loop would, and end the stream. */
function pump(pieces: readonly (string | Buffer)[], maxBytes = 1 << 20, maxFiles = 3) {
  const log = new LogFile(directoryFd, '0.log', { maxBytes, maxFiles, onLoss: () => {} });
  const [readEnd, writeEnd] = makePipe();
  growPipe(writeEnd, 1 << 20);
  const pumping = startLogPump(readEnd, 'stdout', log);
  for (const piece of pieces) writeSync(writeEnd, piece as string);
  closeSync(writeEnd);
  pumping.finish();
  return log;
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
    for (let i = 0; i < 6; i++) pump([`${String(i).repeat(100)}\n`], 200, 3);
    expect(readdirSync(directory).sort()).toEqual(['0.log', '0.log.1', '0.log.2']);
    expect(['0.log.2', '0.log.1', '0.log'].map((name) => readLines(name)[0]?.[2]?.[0])).toEqual(['3', '4', '5']);
  });
});
