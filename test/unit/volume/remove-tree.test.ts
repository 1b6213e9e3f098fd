import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../../src/volume/remove-tree.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-tree-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const inBase = (...parts: readonly string[]): string => join(base, ...parts);

test('removes files and directories and leaves what is beside them', async () => {
  mkdirSync(inBase('tree/a/b'), { recursive: true });
  writeFileSync(inBase('tree/a/b/file'), 'x');
  writeFileSync(inBase('beside'), 'x');
  await removeTree(inBase('tree'));
  expect(readdirSync(base)).toEqual(['beside']);
});

test('follows no symlink, to files or to directories', async () => {
  mkdirSync(inBase('outside'));
  writeFileSync(inBase('outside/kept'), 'x');
  mkdirSync(inBase('tree'));
  symlinkSync(inBase('outside'), inBase('tree/directory'));
  symlinkSync(inBase('outside/kept'), inBase('tree/file'));
  symlinkSync('/nowhere', inBase('tree/dangling'));
  await removeTree(inBase('tree'));
  expect(existsSync(inBase('outside/kept'))).toBe(true);
  expect(readdirSync(base)).toEqual(['outside']);
});

test('a symlink in the place of the tree is refused and what it names is kept', async () => {
  mkdirSync(inBase('outside'));
  writeFileSync(inBase('outside/kept'), 'x');
  symlinkSync(inBase('outside'), inBase('tree'));
  await expect(removeTree(inBase('tree'))).rejects.toThrow(/ELOOP|ENOTDIR/);
  expect(existsSync(inBase('outside/kept'))).toBe(true);
});

test('removes names that are no text', async () => {
  mkdirSync(inBase('tree'));
  const odd = Buffer.concat([Buffer.from(`${inBase('tree')}/`), Buffer.from([0xff, 0xfe, 0x41])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from([0x2f, 0xc3])]), 'x');
  await removeTree(inBase('tree'));
  expect(readdirSync(base)).toEqual([]);
});

test('removes a tree that is deeper than any path can name', async () => {
  const name = 'd'.repeat(200);
  const here = process.cwd();
  mkdirSync(inBase('tree'));
  process.chdir(inBase('tree'));
  try {
    for (let depth = 0; depth < 300; depth++) {
      mkdirSync(name);
      process.chdir(name);
    }
  } finally {
    process.chdir(here);
  }
  await removeTree(inBase('tree'));
  expect(readdirSync(base)).toEqual([]);
});

test('what is not there is removed already', async () => {
  await removeTree(inBase('nothing'));
  await removeTree(inBase('nothing/at/all'));
});
