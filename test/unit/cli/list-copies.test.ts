import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listCopies } from '../../../src/cli/list-copies.ts';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-cp-'));
  mkdirSync(join(base, 'dist/empty'), { recursive: true });
  writeFileSync(join(base, 'dist/a.js'), '');
  symlinkSync('a.js', join(base, 'dist/link'));
  writeFileSync(join(base, 'conf'), '');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const places = async (sources: readonly string[], path: string): Promise<string[]> => {
  const copies = await listCopies(
    sources.map((source) => join(base, source)),
    path,
  );
  return copies.map(({ from, to }) => `${from.slice(base.length + 1)} > ${to}`).sort();
};

describe('listCopies', () => {
  test.each([
    { sources: ['conf'], path: '/etc/app.conf', gives: ['conf > /etc/app.conf'] },
    { sources: ['conf'], path: '/etc/', gives: ['conf > /etc/conf'] },
    {
      sources: ['dist'],
      path: '/srv/app',
      gives: [
        'dist > /srv/app',
        'dist/a.js > /srv/app/a.js',
        'dist/empty > /srv/app/empty',
        'dist/link > /srv/app/link',
      ],
    },
    {
      sources: ['dist', 'conf'],
      path: '/srv',
      gives: [
        'conf > /srv/conf',
        'dist > /srv/dist',
        'dist/a.js > /srv/dist/a.js',
        'dist/empty > /srv/dist/empty',
        'dist/link > /srv/dist/link',
      ],
    },
    { sources: ['conf'], path: '/a//b/../c', gives: ['conf > /a/c'] },
  ])('$sources to $path', async ({ sources, path, gives }) => {
    expect(await places(sources, path)).toEqual(gives);
  });

  test('names a source that is not there', async () => {
    await expect(listCopies(['no/such/file'], '/x')).rejects.toThrow('no/such/file: no such file or directory');
  });
});
