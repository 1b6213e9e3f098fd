/** `podctl diff` as its user sees it: nothing, what would change with its cost, and exit codes for scripts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';

const file = fileURLToPath(new URL('../../examples/web.yaml', import.meta.url));
const text = readFileSync(file, 'utf8');

describeReal('podctl diff', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ podd: false });
  });
  afterAll(() => instance.stop());

  const diff = (stdin: string, ...flags: string[]) => instance.podctl(['diff', '-f', '-', ...flags], { stdin });

  test('of what is not there says that it would be created, ends with 1, and creates nothing', async () => {
    expect(await instance.podctl(['diff', '-f', file])).toEqual({
      exitCode: 1,
      stdout: 'pod/web would be created',
      stderr: '',
    });
    await instance.system();
    expect(await instance.podctlOk(['get', 'pods', '-o', 'name'])).toBe('');
  });

  test('of what is there as it says is silent and ends with 0', async () => {
    await instance.podctlOk(['apply', '-f', file, '--wait']);
    expect(await instance.podctl(['diff', '-f', file])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('of a changed file says each field, its cost and why, and changes nothing', async () => {
    const before = await instance.getPod('web');
    const changed = text.replace('app: web', 'app: web\n    tier: front').replace('hello from', 'bye from');
    const { exitCode, stdout } = await diff(changed);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'pod/web would change (restart program server/server; in place)',
      '  ~ spec.containers[server].processes[server].args   restart program server/server: the command line is fixed when server/server starts',
      '      @@ line 4',
      '          served += 1;',
      expect.stringMatching(/^ {6}- {3}response\.end\(`hello from/),
      expect.stringMatching(/^ {6}\+ {3}response\.end\(`bye from/),
      '        });',
      '  + metadata.labels.tier: "front"   in place: it is kept with the pod, programs do not see it',
      '  server/server  restart  command',
    ]);
    expect((await instance.getPod('web'))?.metadata).toEqual(before?.metadata);
    const json = JSON.parse((await diff(changed, '-o', 'json')).stdout);
    expect(json.results[0].changes[0]).toMatchObject({
      cost: 'in-place',
      why: expect.stringContaining('kept with the pod'),
    });
    expect(await instance.podctlOk(['apply', '-f', '-'], { stdin: changed })).toContain(
      'pod/web configured (restart program server/server; in place)',
    );
    expect((await diff(changed)).exitCode).toBe(0);
  });

  test.each([
    ['a broken manifest', text.replace('containers:', 'containrs:'), /-:\d+:\d+|stdin.*:\d+:\d+|containrs/],
    ['half of a file', text.slice(0, 40).concat('\n  x: ['), /error|:\d+:\d+/i],
    ['an empty file', '', /no manifest/],
  ])('of %s says what is wrong and ends with 2', async (_, stdin, expected) => {
    const { exitCode, stdout, stderr } = await diff(stdin);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(expected);
  });
});
