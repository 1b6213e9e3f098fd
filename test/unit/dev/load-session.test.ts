import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasErrors, loadSession } from '../../../src/dev/load-session.ts';

describe('the manifests of a session', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/pc-load-');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const load = (name: string) => loadSession({ files: [join(dir, name)], merge: true, env: {} });

  test('files and directories are watched as what they are', async () => {
    mkdirSync(join(dir, 'more'));
    writeFileSync(join(dir, 'pod.yaml'), 'kind: Pod');
    expect((await load('pod.yaml')).files).toContain(join(dir, 'pod.yaml'));
    expect((await load('more')).directories).toEqual([join(dir, 'more')]);
  });

  test('a symlink to itself is a mistake like any other, and is watched', async () => {
    symlinkSync('pod.yaml', join(dir, 'pod.yaml'));
    const loaded = await load('pod.yaml');
    expect(hasErrors(loaded)).toBe(true);
    expect(loaded.diagnostics[0]?.message).toMatch(/symbolic link/);
    expect(loaded.files).toContain(join(dir, 'pod.yaml'));
  });
});
