import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeHostDirectory, makeHostFile } from '../../../src/volume/make-host-path.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-host-'));
  mkdirSync(join(base, 'outside'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(join(base, path)).mode & 0o7777;

test('makes directories with all above them, and files in one that is there', () => {
  makeHostDirectory(join(base, 'a//b/./c'));
  makeHostFile(join(base, 'a/b/file'));
  expect([modeOf('a'), modeOf('a/b/c'), modeOf('a/b/file')]).toEqual([0o755, 0o755, 0o644]);
  expect(() => makeHostFile(join(base, 'none/file'))).toThrow(/ENOENT/);
});

test('what is there stays as it is', () => {
  writeFileSync(join(base, 'file'), 'kept', { mode: 0o600 });
  makeHostFile(join(base, 'file'));
  makeHostDirectory(base);
  expect(readFileSync(join(base, 'file'), 'utf8')).toBe('kept');
  expect(modeOf('file')).toBe(0o600);
});

test.each([
  ['a directory through a link', 'link/new', makeHostDirectory],
  ['a file through a link', 'link/new', makeHostFile],
  ['a directory where a link leads nowhere', 'dangling', makeHostDirectory],
])('makes no %s', (_, path, make) => {
  symlinkSync(join(base, 'outside'), join(base, 'link'));
  symlinkSync(join(base, 'outside/made'), join(base, 'dangling'));
  expect(() => make(join(base, path))).toThrow(/is a symlink, and nothing is made through one/);
  expect(readdirSync(join(base, 'outside'))).toEqual([]);
});

test('a file is not made where a link leads nowhere', () => {
  symlinkSync(join(base, 'outside/made'), join(base, 'dangling'));
  makeHostFile(join(base, 'dangling'));
  expect(existsSync(join(base, 'outside/made'))).toBe(false);
});
