import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import { memoryIo } from './memory-io.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'podctl-config-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const put = (name: string, text: string): string => {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
};

async function podctl(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const io = memoryIo({ PODCTL_RUN: '/nonexistent/podctl', ...env });
  return { code: await runCli(words, io), ...io.written };
}

const base = `# the pod
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: app
      image: host
      command: [sh, -c, 'echo "\${X:-y}" $\${Z} \${a%b}']
`;
const overlay = `apiVersion: podctl.dev/v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: app
      env: [{name: A, value: "\${A:-b} $\${C}"}]
      workingDir: \${DIR:?where}
      ports:
        - containerPort: \${PORT:-8080}
`;

/** Of base and overlay with DIR=/srv. */
const merged = `apiVersion: podctl.dev/v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: app
      image: host
      command:
        - sh
        - -c
        - "echo \\"$\${X:-y}\\" $$\${Z} \${a%b}"
      env:
        - name: A
          value: "b $\${C}"
      workingDir: /srv
      ports:
        - containerPort: 8080
`;

describe('config', () => {
  const files = (): readonly string[] => ['-f', put('base.yaml', base), '-f', put('dev.yaml', overlay)];

  test('prints the merged manifest with its variables put in', async () => {
    expect(await podctl(['config', ...files()], { DIR: '/srv' })).toEqual({ code: 0, out: merged, err: '' });
  });

  test('of its own output is the same, whatever the environment is', async () => {
    const again = await podctl(['config', '-f', put('merged.yaml', merged)], { X: '1', Z: '1', C: '1', a: '1' });
    expect(again).toEqual({ code: 0, out: merged, err: '' });
  });

  test('prints JSON, one value for one document and a list for several', async () => {
    const one = await podctl(['config', ...files(), '-o', 'json'], { DIR: '/srv' });
    expect(JSON.parse(one.out)).toMatchObject({ kind: 'Pod', spec: { containers: [{ workingDir: '/srv' }] } });
    const two = put('two.yaml', `${base}---\n${base.replace('name: web', 'name: other')}`);
    const names = JSON.parse((await podctl(['config', '-f', two, '-o', 'json'])).out);
    expect(names.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['web', 'other']);
  });

  test('prints several documents that are one file', async () => {
    const two = put('two.yaml', `${base}---\n${base.replace('name: web', 'name: other')}`);
    const { out } = await podctl(['config', '-f', two]);
    expect(out.match(/^---$/gm)).toHaveLength(1);
    expect((await podctl(['config', '-f', put('again.yaml', out)])).out).toBe(out);
  });

  test('--no-interpolate leaves the variables, and keeps what is none', async () => {
    const { code, out } = await podctl(['config', ...files(), '--no-interpolate']);
    expect(code).toBe(0);
    expect(out).toBe(
      merged
        .replace('"b $${C}"', () => '"${A:-b} $${C}"')
        .replace('/srv', '${DIR:?where}')
        .replace('8080', '${PORT:-8080}'),
    );
    const expanded = await podctl(['config', '-f', put('raw.yaml', out)], { DIR: '/srv' });
    expect(expanded.out).toBe(merged);
  });

  test('says what is wrong and where, with exit code 2', async () => {
    const { code, out, err } = await podctl(['config', ...files()], { PORT: 'http' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('dev.yaml:8:19: spec.containers[0].workingDir: variable DIR is not set: where\n');
    expect(err).toContain('dev.yaml:10:26: spec.containers[0].ports[0].containerPort: must be ');
  });

  test('a quoted variable that has to be a number is printed as one', async () => {
    const text = overlay.replace('- containerPort: ${PORT:-8080}', '- {containerPort: "${PORT:-8080}"}');
    const { out } = await podctl(['config', '-f', put('base.yaml', base), '-f', put('dev.yaml', text)], {
      DIR: '/srv',
    });
    expect(out).toBe(merged);
  });

  test('takes variables from the files named', async () => {
    const env = put('my.env', 'DIR=/data\nPORT=9090\n');
    const { out } = await podctl(['config', ...files(), '--env-file', env]);
    expect(out).toContain('workingDir: /data\n');
    expect(out).toContain('containerPort: 9090\n');
    expect(await podctl(['config', ...files(), '--env-file', '/nonexistent.env'])).toMatchObject({ code: 2, out: '' });
  });

  test('--variables lists them, also when some are not set', async () => {
    const env = put('my.env', 'PORT=9090\n');
    const { code, out } = await podctl(['config', ...files(), '--variables', '--env-file', env], { A: 'from env' });
    expect(code).toBe(0);
    expect(out.replaceAll(env, 'my.env').replaceAll(/ {2,}/g, ' | ')).toBe(
      [
        'NAME | REQUIRED | SOURCE | VALUE | DEFAULT | ALTERNATIVE',
        'A | no | environment | from env | b | -',
        'DIR | yes | - | - | - | -',
        'PORT | no | my.env | 9090 | 8080 | -\n',
      ].join('\n'),
    );
    const json = await podctl(['config', ...files(), '--variables', '-o', 'json']);
    expect(JSON.parse(json.out)).toEqual([
      { name: 'A', default: 'b', required: false },
      { name: 'DIR', required: true },
      { name: 'PORT', default: '8080', required: false },
    ]);
    expect(await podctl(['config', '-f', put('base.yaml', base), '--variables'])).toMatchObject({
      code: 0,
      err: 'The manifests use no variables\n',
    });
  });

  test('flags that exclude each other are refused', async () => {
    expect(await podctl(['config', ...files(), '--variables', '--no-interpolate'])).toMatchObject({ code: 2 });
    expect(await podctl(['config'])).toMatchObject({ code: 2, err: expect.stringContaining('which manifests?') });
  });
});
