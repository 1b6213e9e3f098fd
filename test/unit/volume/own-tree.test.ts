import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownTree } from '../../../src/volume/own-tree.ts';
import { treeBytes } from '../../../src/volume/tree-bytes.ts';

let base: string;
let volume: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-own-'));
  volume = join(base, 'volume');
  mkdirSync(join(volume, 'a/b'), { recursive: true });
  writeFileSync(join(volume, 'a/b/file'), 'x'.repeat(10_000), { mode: 0o600 });
  mkdirSync(join(base, 'outside'), { mode: 0o700 });
  writeFileSync(join(base, 'outside/secret'), 'x'.repeat(1_000_000), { mode: 0o600 });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const group = process.getgid?.() ?? 0;
const modeOf = (...path: readonly string[]): string => (statSync(join(base, ...path)).mode & 0o7777).toString(8);

test('the group may read, write and search all of it, and gets what is made later', async () => {
  chmodSync(join(volume, 'a/b/file'), 0o4700);
  await ownTree(volume, group, false);
  expect([modeOf('volume'), modeOf('volume/a/b'), modeOf('volume/a/b/file')]).toEqual(['2775', '2775', '4760']);
});

test('no planted symlink leads it out', async () => {
  symlinkSync(join(base, 'outside'), join(volume, 'directory'));
  symlinkSync(join(base, 'outside/secret'), join(volume, 'a/file'));
  symlinkSync('nothing', join(volume, 'dangling'));
  await ownTree(volume, group, false);
  expect([modeOf('outside'), modeOf('outside/secret')]).toEqual(['700', '600']);
});

test('a root that is the group’s is enough, where that is asked for', async () => {
  chmodSync(volume, 0o2775);
  await ownTree(volume, group, true);
  expect(modeOf('volume/a/b/file')).toBe('600');
  await ownTree(volume, group, false);
  expect(modeOf('volume/a/b/file')).toBe('660');
});

test('a tree is as large as its blocks: a file of two names once, what symlinks name not at all', async () => {
  const before = await treeBytes(volume, Number.POSITIVE_INFINITY);
  expect(before).toBeGreaterThanOrEqual(10_000);
  linkSync(join(volume, 'a/b/file'), join(volume, 'again'));
  symlinkSync(join(base, 'outside'), join(volume, 'directory'));
  symlinkSync(join(base, 'outside/secret'), join(volume, 'file'));
  expect((await treeBytes(volume, Number.POSITIVE_INFINITY)) - before).toBeLessThan(100_000);
});
