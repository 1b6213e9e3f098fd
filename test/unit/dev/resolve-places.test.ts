import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { remoteFileSystem } from '../../../src/dev/look-at.ts';
import { resolvePlaces } from '../../../src/dev/resolve-places.ts';

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'podctl-places-')));
  mkdirSync(join(base, 'a/b'), { recursive: true });
  writeFileSync(join(base, 'a/b/file'), '');
  symlinkSync('a/b', join(base, 'relative'));
  symlinkSync(join(base, 'relative/file'), join(base, 'absolute'));
  symlinkSync('../missing/x', join(base, 'a/dangling'));
  symlinkSync('circle', join(base, 'circle'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const placesOf = (path: string): string[] =>
  resolvePlaces(join(base, path)).places.map(({ directory, name }) => relative(base, join(directory, name)));

describe('resolvePlaces', () => {
  test.each([
    { path: 'a/b/file', places: ['a/b/file'] },
    { path: 'a/b', places: ['a/b'] },
    { path: 'relative/file', places: ['relative', 'a/b/file'] },
    { path: 'absolute', places: ['absolute', 'relative', 'a/b/file'] },
    { path: 'a/new/deep/er', places: ['a/new'] },
    { path: 'a/dangling', places: ['a/dangling', 'missing'] },
    { path: 'a/b/file/below', places: ['a/b/file'] },
  ])('$path depends on $places', ({ path, places }) => {
    expect(placesOf(path)).toEqual(places);
  });

  test('names the plain directories on the way', () => {
    const { ancestors } = resolvePlaces(join(base, 'relative/file'));
    expect(ancestors).toEqual(expect.arrayContaining(['/', base, join(base, 'a'), join(base, 'a/b')]));
  });

  test('gives up on circles as the kernel does', () => {
    expect(new Set(placesOf('circle'))).toEqual(new Set(['circle']));
  });
});

test('a path that does not exist lies on the file system of what does', () => {
  expect(remoteFileSystem(join(base, 'not/yet/there'))).toBe(remoteFileSystem(base));
});
