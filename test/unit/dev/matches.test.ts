import { describe, expect, test } from 'vitest';
import { createMatcher, directoriesAbove, type MatchSources, rebase } from '../../../src/dev/matches.ts';

const matcher = (sources: Partial<Omit<MatchSources, 'ignoreFiles'>> = {}, ignoreFiles: Record<string, string> = {}) =>
  createMatcher({
    root: '/app/src',
    top: '/app',
    include: [],
    exclude: [],
    ...sources,
    ignoreFiles: new Map(Object.entries(ignoreFiles)),
  });

/** names below /app/src; a slash at the end says directory */
const ignored = (match: ReturnType<typeof matcher>, names: readonly string[]): string[] =>
  names.filter((name) => match.isIgnored(`/app/src/${name.replace(/\/$/, '')}`, name.endsWith('/')));

describe('defaults', () => {
  test.each([
    ...['.git/', 'a/.git/', 'node_modules/', 'a/node_modules/x/y.js', '.hg/', '.svn/', '__pycache__/', 'm.pyc'],
    ...['.a.ts.swp', 'a.swo', '.a.ts.swx'.replace('swx', 'swn'), 'a.ts~', '4913', '.#a.ts', '#a.ts#', 'b/#a#'],
    ...['a.ts___jb_tmp___', 'a.ts___jb_old___', 'x.tmp', '.DS_Store', '._a.ts', '.goutputstream-XY12Z'],
  ])('leave out %s', (name) => {
    expect(ignored(matcher(), [name])).toEqual([name]);
  });

  test.each([
    'a.ts',
    '.env',
    '.gitignore',
    '.github/',
    'swp',
    'git/',
    'Node_Modules/',
    'tmp/',
    '49130',
    'a.swift',
    '#notes.md',
  ])('leave in %s', (name) => {
    expect(ignored(matcher(), [name])).toEqual([]);
  });

  test('are taken back by the rule', () => {
    const match = matcher({ exclude: ['!*.tmp', '!node_modules', 'node_modules/*', '!node_modules/mine/'] });
    const names = ['a.tmp', 'node_modules/', 'node_modules/mine/', 'node_modules/mine/a.js', 'node_modules/other/'];
    expect(ignored(match, names)).toEqual(['node_modules/other/']);
  });
});

describe('ignore files', () => {
  const names = ['out/', 'out/a.js', 'keep.log', 'a.log', 'sub/a.log', 'sub/keep.log', 'sub/out/', 'top/', 'sub/top/'];

  test.each([
    {
      name: 'of the repository',
      files: { '/app': 'out/\n*.log\n' },
      left: ['out/', 'out/a.js', 'keep.log', 'a.log', 'sub/a.log', 'sub/keep.log', 'sub/out/'],
    },
    { name: 'that take back', files: { '/app': '*.log\n!keep.log' }, left: ['a.log', 'sub/a.log'] },
    {
      name: 'deeper ones over those above',
      files: { '/app': '*.log', '/app/src/sub': '!keep.log' },
      left: ['keep.log', 'a.log', 'sub/a.log'],
    },
    {
      name: 'anchored ones only where they lie',
      files: { '/app/src': '/top', '/app/src/sub': '/out' },
      left: ['sub/out/', 'top/'],
    },
    { name: 'anchored from above', files: { '/app': '/src/out' }, left: ['out/', 'out/a.js'] },
    {
      name: 'with carriage returns, comments and blank lines',
      files: { '/app/src': '# x\r\n\r\n*.log\r\n' },
      left: ['keep.log', 'a.log', 'sub/a.log', 'sub/keep.log'],
    },
    { name: 'a taken back directory with all that is in it', files: { '/app': 'out/', '/app/src': '!out/' }, left: [] },
  ])('$name', ({ files, left }) => {
    expect(ignored(matcher({}, files as unknown as Record<string, string>), names)).toEqual(left);
  });

  test('that ignore the watched path itself do not count', () => {
    const match = matcher({}, { '/app': 'src/\n*.log', '/app/src': 'out' });
    expect(ignored(match, ['a.ts', 'a.log', 'out/'])).toEqual(['out/']);
  });

  test('yield to what the rule says', () => {
    const match = matcher({ exclude: ['!a.log', 'b.ts'] }, { '/app': '*.log', '/app/src': '!b.ts' });
    expect(ignored(match, ['a.log', 'c.log', 'b.ts'])).toEqual(['c.log', 'b.ts']);
  });
});

describe('include', () => {
  test('limits files, by patterns relative to the watched path', () => {
    const match = matcher({ include: ['*.ts', '/conf/', '!*.d.ts'] });
    const names = ['a.ts', 'x/y/b.ts', 'a.d.ts', 'conf/x.json', 'x/conf/x.json', 'readme.md'];
    expect(names.filter((name) => match.isIncluded(`/app/src/${name}`))).toEqual(['a.ts', 'x/y/b.ts', 'conf/x.json']);
  });

  test('is everything when empty', () => {
    expect(matcher().isIncluded('/app/src/any')).toBe(true);
  });
});

test('thousands of different names change nothing', () => {
  const match = matcher({}, { '/app': '*.log' });
  for (let i = 0; i < 50_000; i++) {
    if (match.isIgnored(`/app/src/d${i % 7}/f${i}`, false)) throw new Error(`f${i}`);
  }
  expect(ignored(match, ['a.log', 'a.ts'])).toEqual(['a.log']);
});

describe('rebase', () => {
  test.each([
    { line: 'a', directory: '', rebased: 'a' },
    { line: 'a', directory: 'x', rebased: '/x/**/a' },
    { line: 'a/', directory: 'x', rebased: '/x/**/a/' },
    { line: '/a', directory: 'x/y', rebased: '/x/y/a' },
    { line: 'a/b', directory: 'x', rebased: '/x/a/b' },
    { line: '!a', directory: 'x', rebased: '!/x/**/a' },
    { line: '\\!a', directory: 'x', rebased: '/x/**/!a' },
    { line: 'a', directory: '[slug]', rebased: '/\\[slug\\]/**/a' },
    { line: '# a', directory: 'x', rebased: '# a' },
  ])('$line in $directory', ({ line, directory, rebased }) => {
    expect(rebase(line, directory)).toEqual([rebased]);
  });
});

describe('directoriesAbove', () => {
  const above = (root: string, repository: string) => directoriesAbove(root, (directory) => directory === repository);
  test('reach up to the repository', () => {
    expect(above('/home/me/app/src/lib', '/home/me/app')).toEqual(['/home/me/app/src', '/home/me/app']);
  });
  test('are none outside of a repository, nor above one', () => {
    expect(above('/home/me/app', '/elsewhere')).toEqual([]);
    expect(above('/home/me/app', '/home/me/app')).toEqual([]);
  });
});
