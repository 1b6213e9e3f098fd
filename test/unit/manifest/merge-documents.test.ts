import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifests } from '../../../src/manifest/read.ts';
import { firstContainer, podText } from './a-manifest.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-merge-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

type Files = Readonly<Record<string, string>>;

/** Writes the files and merges them in their order, or the given paths. */
async function merge(
  files: Files,
  { paths = Object.keys(files), env = {} as Files, stdin = '', namespace = 'default' } = {},
) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const options = { cwd: directory, env, merge: true, namespace, stdin: Readable.from([Buffer.from(stdin)]) };
  const { pods, diagnostics, inputs } = await readManifests(paths, options);
  return {
    pods,
    inputs,
    container: firstContainer(pods[0]?.manifest),
    found: diagnostics.map(
      ({ file, position, field, message, hint }) =>
        `${file}:${position.line}:${position.column}: ${field}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
    ),
  };
}

/** A document that changes the pod web: lines of its container at six blanks. */
const overlay = (container: string, ours = true): string =>
  `apiVersion: ${ours ? 'podctl.dev/v1' : 'v1'}\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      ${container}\n`;

describe('an overlay', () => {
  test('needs only what it changes', async () => {
    const { pods, found, container } = await merge({ 'a.yaml': podText(), 'b.yaml': overlay('args: [x]', false) });
    expect(found).toEqual([]);
    expect(pods).toHaveLength(1);
    expect(pods[0]).toMatchObject({ file: 'a.yaml', position: { line: 4, column: 9 } });
    expect(container).toEqual({ name: 'app', image: 'host', command: ['sleep', '1'], args: ['x'] });
  });

  test('of podctl.dev/v1 makes a v1 pod one of podctl.dev/v1, whichever comes first', async () => {
    const ours = overlay('tty: true').replace('spec:', 'spec:\n  backoff: {initial: 1s}');
    const theirs = overlay('tty: true', false);
    for (const files of [
      { 'a.yaml': podText(), 'b.yaml': ours },
      { 'a.yaml': podText({ ours: true, spec: 'backoff: {initial: 1s}' }), 'b.yaml': theirs },
    ]) {
      const { pods, found } = await merge(files);
      expect(found).toEqual([]);
      expect(pods[0]?.manifest.apiVersion).toBe('podctl.dev/v1');
    }
  });

  test('has variables, the v1 base under it has none', async () => {
    const base = podText({ container: 'env: [{name: A, value: "${X}"}]' });
    const files = { 'a.yaml': base, 'b.yaml': overlay('env: [{name: B, value: "${X}"}]') };
    const { container } = await merge(files, { env: { X: 'x' } });
    expect(container.env).toEqual([
      { name: 'A', value: '${X}' },
      { name: 'B', value: 'x' },
    ]);
  });

  test('says in which file the mistake is', async () => {
    const files = {
      'a.yaml': podText({ ours: true, container: 'env: [{name: A, value: "1"}]' }),
      'b.yaml': overlay('env: [{name: A, value: 2}]\n      tty: ${NONE}'),
    };
    expect((await merge(files)).found).toEqual([
      'b.yaml:7:30: spec.containers[0].env[0].value: must be a string, not the number 2 (quote it: "2")',
      'b.yaml:8:12: spec.containers[0].tty: variable NONE is not set (${NONE:-} for an empty value, $${NONE} for the text itself)',
    ]);
  });

  test('may be one of many, the last wins', async () => {
    const files = {
      'a.yaml': podText(),
      'b.yaml': overlay('args: [b]\n      tty: true'),
      'c.yaml': overlay('args: [c]'),
    };
    expect((await merge(files)).container).toMatchObject({ args: ['c'], tty: true });
  });

  test('is merged in its namespace alone', async () => {
    const elsewhere = podText().replace('name: web', 'name: web\n  namespace: prod');
    const files = {
      'a.yaml': `${podText()}---\n${elsewhere}`,
      'b.yaml': overlay('tty: true').replace('name: web', 'name: web, namespace: prod'),
    };
    const { pods } = await merge(files);
    expect(pods.map(({ spec, manifest }) => [spec.namespace, firstContainer(manifest).tty])).toEqual([
      ['default', undefined],
      ['prod', true],
    ]);
  });

  test('is of the namespace that the command line gives when it names none', async () => {
    const elsewhere = podText().replace('name: web', 'name: web\n  namespace: prod');
    const files = { 'a.yaml': elsewhere, 'b.yaml': overlay('tty: true') };
    expect((await merge(files, { namespace: 'prod' })).container.tty).toBe(true);
    expect((await merge(files)).found).not.toEqual([]);
  });

  test('that matches nothing is a document of its own, and says so when it is not whole', async () => {
    const files = { 'a.yaml': podText(), 'b.yaml': overlay('tty: true').replace('name: web', 'name: wbe') };
    const { found, pods } = await merge(files);
    expect(pods.map(({ spec }) => spec.name)).toEqual(['web']);
    expect(found).toEqual([
      'b.yaml:3:18: metadata.name: no earlier file has a Pod of this name in namespace default: nothing is merged with this one (did you mean "web"?)',
      expect.stringContaining('spec.containers[0]'),
    ]);
    const whole = await merge({ 'a.yaml': podText(), 'b.yaml': podText().replace('name: web', 'name: other') });
    expect(whole.found).toEqual([]);
    expect(whole.pods.map(({ spec }) => spec.name)).toEqual(['web', 'other']);
  });

  test('removes what it says', async () => {
    const gone = overlay('tty: true').replace('spec:', '$patch: delete\nspec:');
    const { pods, found } = await merge({
      'a.yaml': `${podText()}---\n${podText().replace('web', 'b')}`,
      'b.yaml': gone,
    });
    expect(found).toEqual([]);
    expect(pods.map(({ spec }) => spec.name)).toEqual(['b']);
  });

  test('without apiVersion is refused at its place', async () => {
    const files = { 'a.yaml': podText(), 'b.yaml': overlay('tty: true').replace(/^.*\n/, '') };
    expect((await merge(files)).found).toEqual(['b.yaml:1:1: apiVersion: Required value (apiVersion: podctl.dev/v1)']);
  });

  test('with a wrong directive is refused at its place', async () => {
    const files = { 'a.yaml': podText(), 'b.yaml': overlay('$patch: remove') };
    expect((await merge(files)).found[0]).toMatch(
      /^b.yaml:7:15: spec.containers\[0\]\[\$patch\]: Unsupported value: "remove"/,
    );
  });

  test('that is no YAML leaves the rest judged', async () => {
    const files = { 'a.yaml': podText({ spec: 'hostPid: true' }), 'b.yaml': 'a: [' };
    expect((await merge(files)).found).toEqual([
      'a.yaml:6:3: spec.hostPid: unknown field "hostPid" (did you mean "hostPID"?)',
      expect.stringMatching(/^b.yaml:1:\d+: : YAML: /),
    ]);
  });

  test('brings paths of its own directory', async () => {
    const base = podText({ ours: true }).replace('image: host', 'rootfs: {path: root}');
    const files = { 'a.yaml': base, 'dev/b.yaml': overlay('rootfs: {path: root}') };
    expect((await merge(files)).container.rootfs).toEqual({ path: join(directory, 'dev/root') });
    expect((await merge({ 'a.yaml': base, 'dev/b.yaml': overlay('tty: true') })).container.rootfs).toEqual({
      path: join(directory, 'root'),
    });
  });
});

describe('files', () => {
  test('two documents of one name in one file are still an error', async () => {
    const twice = `${overlay('tty: true')}---\n${overlay('args: [x]')}`;
    const hint = 'put the two documents together, or into two files that are merged';
    expect((await merge({ 'a.yaml': podText(), 'b.yaml': twice })).found).toEqual([
      `b.yaml:11:18: metadata.name: Duplicate value: "web": b.yaml:3 already has a Pod of this name (${hint})`,
    ]);
    expect((await merge({ 'a.yaml': `${podText()}---\n${podText()}` })).found).toEqual([
      `a.yaml:14:9: metadata.name: Duplicate value: "web": a.yaml:4 already has a Pod of this name (${hint})`,
    ]);
  });

  test('so are two in one directory', async () => {
    const { found } = await merge({ 'd/a.yaml': podText(), 'd/b.yaml': overlay('tty: true') }, { paths: ['d'] });
    expect(found).toEqual([expect.stringContaining('d/a.yaml:4 already has a Pod of this name')]);
  });

  test('a directory, a file and standard input are merged in the order given', async () => {
    const files = { 'e/a.yaml': podText(), 'f.yaml': overlay('tty: true') };
    const { container, found, inputs } = await merge(files, {
      paths: ['e', '-', 'f.yaml'],
      stdin: overlay('args: [in]'),
    });
    expect(found).toEqual([]);
    expect(container).toMatchObject({ args: ['in'], tty: true });
    expect(inputs).toEqual(['e', 'e/a.yaml', 'f.yaml'].map((name) => join(directory, name)));
  });

  test('one that is named twice counts once', async () => {
    const { pods, found } = await merge({ 'a.yaml': podText() }, { paths: ['a.yaml', './a.yaml', 'a.yaml'] });
    expect(found).toEqual([]);
    expect(pods).toHaveLength(1);
  });

  test('more than can be held in memory are refused', async () => {
    const document = `# ${'x'.repeat(1_000_000)}\n${podText()}`;
    const files = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`big/${i}.yaml`, document.replace('web', `p${i}`)]),
    );
    const { found, pods } = await merge(files, { paths: ['big'] });
    expect(pods).toHaveLength(8);
    expect(found).toEqual(['big/8.yaml:1:1: : merged files may have 8 MiB together (apply them without merging)']);
  });
});
