import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectFiles } from '../../../src/manifest/object-files.ts';
import { writeFiles } from '../../../src/volume/write-files.ts';

let base: string;
let volume: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-volume-'));
  volume = join(base, 'volume');
  mkdirSync(volume);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const now = new Date('2026-11-25T23:59:58.999Z');
const bytes = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([key, text]) => [key, new TextEncoder().encode(text)]));
const write = (texts: Readonly<Record<string, string>>, items?: Parameters<typeof objectFiles>[0]['items']) =>
  writeFiles(
    volume,
    {
      files: objectFiles(
        { ...(items === undefined ? {} : { items }), defaultMode: 0o640, optional: false },
        bytes(texts),
      ).files,
    },
    now,
  );
const shown = (): string[] =>
  readdirSync(volume)
    .filter((name) => !name.startsWith('..'))
    .sort();
const hidden = (): string[] =>
  readdirSync(volume)
    .filter((name) => name.startsWith('..'))
    .sort();
const text = (name: string): string => readFileSync(join(volume, name), 'utf8');

test('files are seen through ..data, with their modes', async () => {
  await write({ 'app.conf': 'x', other: 'y' });
  expect(shown()).toEqual(['app.conf', 'other']);
  expect(readlinkSync(join(volume, 'app.conf'))).toBe('..data/app.conf');
  expect(text('app.conf')).toBe('x');
  expect(statSync(join(volume, 'app.conf')).mode & 0o7777).toBe(0o640);
  expect(readlinkSync(join(volume, '..data'))).toMatch(/^\.\.2026_11_25_23_59_58_999\.[0-9a-f]{16}$/);
  expect(hidden()).toHaveLength(2);
});

test('items choose paths and modes; one link stands for all below it', async () => {
  await write({ a: '1', b: '2', c: '3' }, [
    { key: 'a', path: 'deep/er/a' },
    { key: 'b', path: 'deep/b', mode: 0o400 },
  ]);
  expect(shown()).toEqual(['deep']);
  expect(text('deep/er/a') + text('deep/b')).toBe('12');
  expect(statSync(join(volume, 'deep/b')).mode & 0o7777).toBe(0o400);
  expect(statSync(join(volume, 'deep/er')).mode & 0o7777).toBe(0o755);
});

test('a change swaps all files at once and removes what was before', async () => {
  await write({ a: '1', gone: 'x' });
  const before = readlinkSync(join(volume, '..data'));
  await write({ a: '2', come: 'y' });
  expect(shown()).toEqual(['a', 'come']);
  expect(text('a')).toBe('2');
  expect(existsSync(join(volume, before))).toBe(false);
  expect(hidden()).toHaveLength(2);
});

test('the same is not written again', async () => {
  await write({ a: '1' });
  const inode = statSync(join(volume, 'a')).ino;
  await write({ a: '1' });
  expect(statSync(join(volume, 'a')).ino).toBe(inode);
});

test('what a killed podd left half done is finished', async () => {
  await write({ a: '1' });
  mkdirSync(join(volume, '..2026_half.0123456789abcdef/x'), { recursive: true });
  symlinkSync('..2026_half.0123456789abcdef', join(volume, '..data_tmp'));
  unlinkSync(join(volume, 'a'));
  await write({ a: '1' });
  expect(text('a')).toBe('1');
  await write({ a: '2' });
  expect(hidden()).toHaveLength(2);
});

test('planted symlinks lead no write and no removal out of the volume', async () => {
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), 'kept');
  await write({ a: '1' });
  rmSync(join(volume, 'a'));
  symlinkSync(join(outside, 'kept'), join(volume, 'a'));
  symlinkSync(outside, join(volume, 'b'));
  symlinkSync(outside, join(volume, '..old'));
  symlinkSync(outside, join(volume, '..data_tmp'));
  mkdirSync(join(volume, 'directory'));
  symlinkSync(outside, join(volume, 'directory/link'));
  await write({ a: '2', b: '3' });
  expect([text('a'), text('b'), shown().join()]).toEqual(['2', '3', 'a,b']);
  expect(lstatSync(join(volume, 'b')).isSymbolicLink()).toBe(true);
  expect([readdirSync(outside), readFileSync(join(outside, 'kept'), 'utf8')]).toEqual([['kept'], 'kept']);
});

test('of two items for one path the later counts', async () => {
  await write({ a: '1', b: '2' }, [
    { key: 'a', path: 'x' },
    { key: 'b', path: 'x' },
  ]);
  expect(text('x')).toBe('2');
});

test('containers that start at once may tidy one volume', async () => {
  await write({ a: 'old' });
  for (const name of ['..planted_1', '..planted_2', '..planted_3']) writeFileSync(join(volume, name), '');
  await Promise.all([write({ a: 'new' }), write({ a: 'new' }), write({ a: 'new' })]);
  expect([text('a'), hidden().length]).toEqual(['new', 2]);
});

test('a group may read all of it, and a change of the group is written anew', async () => {
  const files = [{ path: 'a/b', mode: 0o400, content: new TextEncoder().encode('x') }];
  const fsGroup = process.getgid?.() ?? 0;
  await writeFiles(volume, { files }, now);
  await writeFiles(volume, { files, fsGroup }, now);
  expect(statSync(join(volume, 'a/b')).mode & 0o7777).toBe(0o440);
  expect(statSync(join(volume, 'a')).mode & 0o7777).toBe(0o2755);
  expect(statSync(volume).mode & 0o7777).toBe(0o2755);
  expect(hidden()).toHaveLength(2);
});
