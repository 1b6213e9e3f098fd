import { expect, test } from 'vitest';
import { targetOf } from '../../../src/dev/sync-files.ts';

test.each<[string, readonly string[], string, string, string]>([
  ['a file of a directory', ['/src'], '/app', '/src/lib/a.js', '/app/lib/a.js'],
  ['a file of the root', ['/'], '/app', '/etc/a', '/app/etc/a'],
  ['the watched file itself', ['/src/a.js'], '/app/main.js', '/src/a.js', '/app/main.js'],
  ['the watched file into a directory', ['/src/a.js'], '/app/', '/src/a.js', '/app/a.js'],
  ['one of several', ['/src/a.js', '/src/b.js'], '/app', '/src/b.js', '/app/b.js'],
  ['the innermost of directories in each other', ['/src', '/src/lib'], '/app', '/src/lib/a.js', '/app/a.js'],
])('%s', (_, paths, target, path, expected) => {
  expect(targetOf({ paths, target }, path)).toBe(expected);
});
