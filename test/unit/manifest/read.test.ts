import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifests } from '../../../src/manifest/read.ts';
import { firstContainer, podText } from './a-manifest.ts';

let directory = '';
const put = (name: string, content: string | Uint8Array): string => {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
};
const named = (name: string): string => podText().replace('name: web', `name: ${name}`);
const messages = async (...paths: string[]): Promise<string[]> =>
  (await readManifests(paths, { cwd: directory })).diagnostics.map(
    ({ file, position, message }) => `${file}:${position.line}:${position.column}: ${message}`,
  );

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'podctl-read-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('reads a directory’s manifests in order of name, not those below it', async () => {
  for (const folder of ['tree', 'tree/below']) mkdirSync(join(directory, folder));
  for (const [name, pod] of [
    ['tree/b.yaml', 'b'],
    ['tree/a.yml', 'a'],
    ['tree/c.json', 'c'],
    ['tree/below/d.yaml', 'd'],
  ] as const)
    put(name, named(pod));
  put('tree/notes.txt', 'not yaml: [');
  const flat = await readManifests(['tree'], { cwd: directory });
  expect(flat.diagnostics).toEqual([]);
  expect(flat.files).toEqual(['tree/a.yml', 'tree/b.yaml', 'tree/c.json']);
  expect(flat.pods.map(({ spec }) => spec.name)).toEqual(['a', 'b', 'c']);
  const deep = await readManifests(['tree'], { cwd: directory, recursive: true });
  expect(deep.pods.map(({ spec }) => spec.name)).toEqual(['a', 'b', 'd', 'c']);
});

test('reads standard input as -', async () => {
  const outcome = await readManifests(['-'], { stdin: Readable.from([Buffer.from(named('in'))]) });
  expect(outcome.pods.map(({ spec, file }) => [spec.name, file])).toEqual([['in', '-']]);
});

test('takes a rootfs relative to the file it stands in', async () => {
  mkdirSync(join(directory, 'app'));
  put(
    'app/pod.yaml',
    'apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: r}\nspec: {containers: [{name: c, rootfs: {path: root}, command: [x]}]}\n',
  );
  const { pods } = await readManifests(['app/pod.yaml'], { cwd: directory });
  expect(pods[0]?.spec.containers[0]?.root).toEqual({ kind: 'rootfs', path: join(directory, 'app/root') });
});

test('a file named twice is one file', async () => {
  put('once.yaml', named('once'));
  symlinkSync('once.yaml', join(directory, 'again.yaml'));
  expect(await messages('once.yaml', './once.yaml', 'again.yaml')).toEqual([]);
});

test('pods of one name in two files are refused', async () => {
  put('first.yaml', named('twin'));
  put('second.yaml', named('twin'));
  expect(await messages('first.yaml', 'second.yaml')).toEqual([
    'second.yaml:4:9: Duplicate value: "twin": namespace default already has a pod of this name at first.yaml:4',
  ]);
});

describe('what cannot be read is said', () => {
  test('a file of 1 GiB is refused by its size', async () => {
    truncateSync(put('big.yaml', ''), 1024 ** 3);
    expect(await messages('big.yaml')).toEqual([
      'big.yaml:1:1: has 1073741824 bytes, larger than the 64 MiB allowed for a manifest or env file',
    ]);
  });

  test('endless standard input is given up', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    const endless = Readable.from(
      (function* () {
        for (;;) yield chunk;
      })(),
    );
    const { diagnostics } = await readManifests(['-'], { stdin: endless });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'is larger than the 64 MiB allowed for a manifest or env file',
    ]);
  });

  test('things that are no files', async () => {
    execFileSync('mkfifo', [join(directory, 'fifo')]);
    mkdirSync(join(directory, 'bare'));
    expect(await messages('fifo', '/dev/zero', 'missing.yaml', 'bare', 'a\0b', 'once.yaml/x')).toEqual([
      'fifo:1:1: is a fifo, not a file',
      '/dev/zero:1:1: is a character device, not a file',
      'missing.yaml:1:1: cannot be read: no such file or directory',
      'bare:1:1: the directory has no *.yaml, *.yml or *.json',
      'a\0b:1:1: the path contains a NUL character',
      'once.yaml/x:1:1: cannot be read: a part of the path is not a directory',
    ]);
  });

  test('bytes that are no text', async () => {
    put('latin.yaml', Buffer.from('kind: Pod\nname: caf\xe9\n', 'latin1'));
    put('wide.yaml', Buffer.from('\ufeffkind: Pod', 'utf16le'));
    put('nul.yaml', 'kind: Pod\n\0');
    put('cut.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe2, 0x82]));
    expect(await messages('latin.yaml', 'wide.yaml', 'nul.yaml', 'cut.yaml')).toEqual([
      'latin.yaml:2:10: is not UTF-8 text',
      'wide.yaml:1:1: is UTF-16 text',
      'nul.yaml:2:1: is not text: it contains a NUL character',
      'cut.yaml:1:4: is not UTF-8 text',
    ]);
  });

  test('a file without a manifest', async () => {
    put('void.yaml', '# later\n---\n');
    expect(await messages('void.yaml')).toEqual(['void.yaml:1:1: holds no manifest']);
  });
});

describe('variables', () => {
  const workingDir = (dir: string): string => podText({ ours: true, container: `workingDir: "${dir}"` });
  const read = async (paths: readonly string[], options: Parameters<typeof readManifests>[1] = {}) => {
    const outcome = await readManifests(paths, { cwd: directory, env: {}, ...options });
    return {
      ...outcome,
      dirs: outcome.pods.map(({ manifest }) => firstContainer(manifest).workingDir),
      messages: outcome.diagnostics.map(({ file, message }) => `${file}: ${message}`),
    };
  };
  beforeAll(() => {
    for (const folder of ['env', 'env/bare', 'env/folder', 'env/folder/.env']) mkdirSync(join(directory, folder));
    put('env/.env', '# for tests\nexport A=/a\nB="/b c" # said\nAB=${A}\n');
    put('other.env', 'A=/other\n');
    put('more.env', 'A=/more\n');
    for (const folder of ['env', 'env/bare', 'env/folder']) put(`${folder}/pod.yaml`, workingDir('${A}${B:-}'));
  });

  test('come from the .env beside the manifest', async () => {
    const { dirs, inputs } = await read(['env/pod.yaml']);
    expect(dirs).toEqual(['/a/b c']);
    expect(inputs).toEqual([join(directory, 'env/pod.yaml'), join(directory, 'env/.env')]);
  });

  test('of a file are no variables themselves', async () => {
    put('env/raw.yaml', workingDir('/${AB}'));
    expect((await read(['env/raw.yaml'])).dirs).toEqual(['/${A}']);
  });

  test('of the environment win', async () => {
    expect((await read(['env/pod.yaml'], { env: { A: '/env', B: '' } })).dirs).toEqual(['/env']);
  });

  test('of named files stand in the place of .env, the later wins', async () => {
    const { dirs, inputs } = await read(['env/pod.yaml'], { envFiles: ['other.env', 'more.env'] });
    expect(dirs).toEqual(['/more']);
    expect(inputs).toEqual(['env/pod.yaml', 'other.env', 'more.env'].map((name) => join(directory, name)));
  });

  test('of standard input come from the .env of the working directory', async () => {
    const stdin = Readable.from([Buffer.from(workingDir('${A}'))]);
    expect((await read(['-'], { stdin, cwd: join(directory, 'env') })).dirs).toEqual(['/a']);
  });

  test('a .env that is not there is an input all the same', async () => {
    const { messages: said, inputs } = await read(['env/bare/pod.yaml']);
    expect(said).toEqual(['env/bare/pod.yaml: variable A is not set']);
    expect(inputs).toContain(join(directory, 'env/bare/.env'));
  });

  test('a .env that cannot be read is named when something is not set', async () => {
    expect((await read(['env/folder/pod.yaml'])).messages).toEqual([
      'env/folder/pod.yaml: variable A is not set',
      'env/folder/.env: is a directory, not a file',
    ]);
    expect((await read(['env/folder/pod.yaml'], { env: { A: '/a', B: '/b' } })).messages).toEqual([]);
    put('env/folder/v1.yaml', podText({ container: 'env: [{name: A, value: "${A}"}]' }));
    expect((await read(['env/folder/v1.yaml'])).messages).toEqual([]);
  });

  test('a named file that cannot be read is an error in any case', async () => {
    put('bytes.env', Buffer.from('A=\xe9\n', 'latin1'));
    const envFiles = ['none.env', 'env', 'bytes.env'];
    expect((await read(['once.yaml'], { envFiles })).messages).toEqual([
      'none.env: cannot be read: no such file or directory',
      'env: is a directory, not a file',
      'bytes.env: is not UTF-8 text',
    ]);
  });
});
