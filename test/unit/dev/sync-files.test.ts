import { expect, test } from 'vitest';
import { removals, targetOf } from '../../../src/dev/sync-files.ts';
import type { FileChange } from '../../../src/model/dev-rule.ts';
import { aRule } from './a-rule.ts';

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

const removed = (path: string): FileChange => ({ path, kind: 'removed' });
const added = (path: string): FileChange => ({ path, kind: 'added' });

test.each<[string, readonly FileChange[], readonly string[]]>([
  ['files that are gone', [removed('/src/a'), removed('/src/b/c')], ['/app/a', '/app/b/c']],
  [
    'a directory that became a file',
    [added('/src/lib'), removed('/src/lib/a'), removed('/src/lib/b/c'), removed('/src/library')],
    ['/app/lib', '/app/library'],
  ],
  ['nothing but the files of the watched directory itself', [added('/src'), removed('/src/a')], ['/app/a']],
])('removes %s', (_, changes, expected) => {
  expect(removals({ rule: aRule({ target: '/app' }), changes })).toEqual(expected);
});
