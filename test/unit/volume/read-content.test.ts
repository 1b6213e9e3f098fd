import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MountContent } from '../../../src/model/volume-spec.ts';
import { maxBytes, maxFiles, readContent } from '../../../src/volume/read-content.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podctl-content-'));
  mkdirSync(join(base, 'tree/inner'), { recursive: true });
  write('tree/a', 'a');
  write('tree/inner/b', 'b');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const write = (path: string, text: string): void => writeFileSync(join(base, path), text);
const read = async (path = 'tree', subPath?: string): Promise<MountContent> => {
  const content = await readContent({ path: join(base, path), ...(subPath === undefined ? {} : { subPath }) });
  if (typeof content === 'string') throw new Error(content);
  return content;
};

describe('a content is another one', () => {
  test.each<[string, () => void]>([
    ['when a file is written', () => write('tree/inner/b', 'B')],
    ['when a file is added', () => write('tree/c', '')],
    ['when a file is removed', () => rmSync(join(base, 'tree/a'))],
    ['when a file is renamed', () => renameSync(join(base, 'tree/a'), join(base, 'tree/z'))],
    ['when a file moves to another directory', () => renameSync(join(base, 'tree/a'), join(base, 'tree/inner/a'))],
    ['when a mode changes', () => chmodSync(join(base, 'tree/a'), 0o755)],
    ['when an empty directory is added', () => mkdirSync(join(base, 'tree/empty'))],
    ['when a link is added', () => symlinkSync('a', join(base, 'tree/link'))],
  ])('%s', async (_, change) => {
    const before = await read();
    change();
    expect((await read()).digest).not.toBe(before.digest);
  });
});

test('the same files are the same content, whenever they were written', async () => {
  const before = await read();
  write('tree/a', 'a');
  expect(await read()).toEqual(before);
  expect(before.files).toMatchObject({ a: expect.any(String), 'inner/b': expect.any(String) });
});

test('what a link leads to does not count', async () => {
  symlinkSync('../outside', join(base, 'tree/link'));
  write('outside', '1');
  const before = await read();
  write('outside', '2');
  expect(await read()).toEqual(before);
});

test('a file that takes another’s name is told from one that is written', async () => {
  const before = await read('tree/a');
  write('tree/a', 'A');
  const written = await read('tree/a');
  write('new', 'A');
  renameSync(join(base, 'new'), join(base, 'tree/a'));
  const renamed = await read('tree/a');
  expect(written.identity).toBe(before.identity);
  expect(renamed).toMatchObject({ digest: written.digest });
  expect(renamed.identity).not.toBe(before.identity);
});

test('the mounted file may be named by a link', async () => {
  symlinkSync('tree/a', join(base, 'link'));
  expect((await read('link')).digest).toBe((await read('tree/a')).digest);
});

test('nothing is a content too, and another one than an empty directory', async () => {
  mkdirSync(join(base, 'empty'));
  expect(await read('nothing')).toEqual({ digest: 'absent' });
  expect((await read('empty')).digest).not.toBe('absent');
});

test('a subPath is read inside of its volume only', async () => {
  write('secret', 'canary');
  symlinkSync('../secret', join(base, 'tree/out'));
  symlinkSync('inner/b', join(base, 'tree/in'));
  expect(await readContent({ path: join(base, 'tree'), subPath: 'out' })).toBe('a symlink leads out of the volume');
  expect((await read('tree', 'in')).digest).toBe((await read('tree/inner/b')).digest);
});

test('names that are no text are read, and nothing waits for a fifo', async () => {
  const before = await read();
  writeFileSync(Buffer.concat([Buffer.from(`${base}/tree/`), Buffer.from([0xff])]), 'x');
  const odd = await read();
  execaSync('mkfifo', [join(base, 'tree/fifo')]);
  expect(odd.digest).not.toBe(before.digest);
  expect((await read()).digest).not.toBe(odd.digest);
});

test('more than can be compared is refused', async () => {
  mkdirSync(join(base, 'many'));
  for (let i = 0; i <= maxFiles; i++) write(`many/${i}`, '');
  expect(await readContent({ path: join(base, 'many') })).toBe('has more than 1000 files and directories');
  write('large', '');
  truncateSync(join(base, 'large'), maxBytes + 1);
  expect(await readContent({ path: join(base, 'large') })).toBe('has more than 64 MiB');
});
