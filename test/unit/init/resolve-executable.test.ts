import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveExecutable } from '../../../src/init/resolve-executable.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-exec-'));
  mkdirSync(join(directory, 'bin/folder'), { recursive: true });
  writeFileSync(join(directory, 'bin/run'), '');
  writeFileSync(join(directory, 'bin/data'), '');
  chmodSync(join(directory, 'bin/run'), 0o755);
  chmodSync(join(directory, 'bin/data'), 0o644);
});
afterAll(() => rmSync(directory, { recursive: true }));

const resolveIn = (name: string, path = `${directory}/bin`) => resolveExecutable(name, [`PATH=${path}`], directory);

test('finds a name in PATH', () => {
  expect(resolveIn('run', `/nonexistent:${directory}/bin`)).toEqual({ ok: true, path: join(directory, 'bin/run') });
});

test('takes a name with a slash relative to the working directory', () => {
  expect(resolveIn('./bin/run')).toEqual({ ok: true, path: join(directory, 'bin/run') });
});

test.each([
  { name: 'data', exitCode: 126, message: /permission denied/ },
  { name: 'folder', exitCode: 126, message: /is a directory/ },
  { name: 'absent', exitCode: 127, message: /exec absent: not found in the container's PATH/ },
  { name: '/absent/run', exitCode: 127, message: /file system/ },
])('refuses $name with $exitCode', ({ name, exitCode, message }) => {
  expect(resolveIn(name)).toMatchObject({ ok: false, exitCode, message: expect.stringMatching(message) });
});
