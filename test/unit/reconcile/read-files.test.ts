import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { References } from '../../../src/manifest/references.ts';
import { isRead, readFiles } from '../../../src/reconcile/read-files.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'read-files-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const refer = (...names: readonly string[]): References => ({
  objects: [],
  contents: [],
  claims: [],
  envFiles: names.map((name) => ({ file: join(dir, name), optional: false, path: [] })),
});

async function read(name: string, content?: string | Uint8Array): Promise<unknown> {
  if (content !== undefined) writeFileSync(join(dir, name), content);
  const found = (await readFiles([refer(name)])).envFiles.get(join(dir, name));
  return found instanceof Map ? Object.fromEntries(found) : found;
}

test('an env file is read as node reads it', async () => {
  const text = '\ufeff# a comment\nA=1\nexport B="two words" # more\nC=\'$A\'\nD="a\nb"\n\nE=\n';
  expect(await read('good.env', text)).toEqual({ A: '1', B: 'two words', C: '$A', D: 'a\nb', E: '' });
});

test('what is no file of text is told, and nothing hangs', async () => {
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  expect(await read('fifo')).toBe('is a fifo, not a file');
  expect(await read('.')).toBe('is a directory, not a file');
  expect(await read('none')).toBeUndefined();
  expect(await read('latin1', Uint8Array.of(0x41, 0x3d, 0xe4))).toBe('is not UTF-8 text');
  expect(await read('nul', 'A=\0')).toBe('is not UTF-8 text');
  expect(await read('large', 'A=1\n'.repeat(300_000))).toBe('has 1200000 bytes, more than the 1048576 allowed');
});

test('what was read is not read again', async () => {
  writeFileSync(join(dir, 'once'), 'A=1');
  const first = await readFiles([refer('once')]);
  writeFileSync(join(dir, 'once'), 'A=2');
  expect(isRead([refer('once')], first)).toBe(true);
  expect(isRead([refer('once', 'none')], first)).toBe(false);
  const second = await readFiles([refer('once', 'none')], first);
  expect(second.envFiles.get(join(dir, 'once'))).toEqual(new Map([['A', '1']]));
  expect(isRead([refer('once', 'none')], second)).toBe(true);
});
