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

  test('rules of pod templates are read too, their paths from the manifest’s directory on', async () => {
    writeFileSync(
      join(dir, 'web.yaml'),
      `apiVersion: podctl.dev/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: host
        processes: [{name: p, command: [x], dev: {watch: [{paths: [src], action: restart}]}}]
`,
    );
    const { rules, templates, diagnostics } = await load('web.yaml');
    expect(diagnostics).toEqual([]);
    expect(rules).toMatchObject([{ maker: 'Deployment/default/web', paths: [join(dir, 'src')], program: 'p' }]);
    expect([...templates.keys()]).toEqual(['Deployment/default/web']);
  });

  test('a symlink to itself is a mistake like any other, and is watched', async () => {
    symlinkSync('pod.yaml', join(dir, 'pod.yaml'));
    const loaded = await load('pod.yaml');
    expect(hasErrors(loaded)).toBe(true);
    expect(loaded.diagnostics[0]?.message).toMatch(/symbolic link/);
    expect(loaded.files).toContain(join(dir, 'pod.yaml'));
  });
});
