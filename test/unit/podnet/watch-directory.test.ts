import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DirectoryWatch, watchDirectory } from '../../../src/podnet/watch-directory.ts';
import { waitFor } from '../../support/wait-for.ts';

let base: string;
let directory: string;
let watch: DirectoryWatch;
let changed: string[];
let gone: number;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-watch-'));
  directory = join(base, 'network');
  mkdirSync(directory);
  changed = [];
  gone = 0;
  watch = watchDirectory(
    directory,
    'wanted.json',
    (entry) => changed.push(entry),
    () => gone++,
  );
});
afterEach(() => {
  watch.close();
  rmSync(base, { recursive: true, force: true });
});

test('tells of a file that is replaced', async () => {
  writeFileSync(join(directory, 'wanted.json.tmp'), 'new');
  renameSync(join(directory, 'wanted.json.tmp'), join(directory, 'wanted.json'));
  await waitFor('it is told', () => changed.includes('wanted.json'));
  expect(gone).toBe(0);
});

test('tells that the directory is gone while a file of it is open, long after its last entry went', async () => {
  const log = openSync(join(directory, 'podnet.log'), 'w');
  unlinkSync(join(directory, 'podnet.log'));
  await waitFor('the last entry is told', () => changed.includes('podnet.log'));
  // all that was queued about entries is told before this turn's end
  await new Promise((resolve) => setImmediate(resolve));
  rmdirSync(directory);
  await waitFor('the end is told', () => gone > 0);
  closeSync(log);
});

test('what happens beside the directory is nothing', async () => {
  writeFileSync(join(base, 'other'), '');
  mkdirSync(join(base, 'i'));
  writeFileSync(join(directory, 'wanted.json'), '');
  await waitFor('a change is told', () => changed.length > 0);
  expect([new Set(changed), gone]).toEqual([new Set(['wanted.json']), 0]);
});
