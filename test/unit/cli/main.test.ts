import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/main.ts';
import { memoryIo } from './memory-io.ts';

async function podctl(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const io = memoryIo({ PODCTL_RUN: '/nonexistent/podctl', PODCTL_ROOT: '/nonexistent/root' });
  return { code: await runCli(words, io), ...io.written };
}

describe('the command line', () => {
  test.each([[], ['help'], ['--help'], ['-h']])('%j prints the overview', async (...words) => {
    const { code, out } = await podctl(...words);
    expect(code).toBe(0);
    const widest = Math.max(...commands.map(({ name }) => name.length));
    for (const { name, summary } of commands) expect(out).toContain(`${name.padEnd(widest)}  ${summary}`);
  });

  test.each(commands.map(({ name }) => name))('%s has help with usage, flags and examples', async (name) => {
    const { code, out, err } = await podctl(name, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage:\n  podctl ${name}`);
    expect(out).toContain('-h, --help');
    expect(out).toContain('Examples:\n');
    expect((await podctl('help', name)).out).toBe(out);
  });

  test('flags may stand in front of the command', async () => {
    expect(await podctl('-n', 'x', 'get', '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('podctl get pods'),
    });
    expect(await podctl('--namespace=x', 'version', '--client')).toMatchObject({
      code: 2,
      err: expect.stringContaining('unknown flag --namespace'),
    });
  });

  test.each([
    { words: ['appyl'], err: 'error: unknown command "appyl" (did you mean apply?)\nSee: podctl --help\n' },
    { words: ['help', 'lgos'], err: 'error: unknown command "lgos" (did you mean logs?)\nSee: podctl --help\n' },
    { words: ['constructor'], err: 'error: unknown command "constructor"\nSee: podctl --help\n' },
    { words: ['--nonsense'], err: 'error: which command?\nSee: podctl --help\n' },
    {
      words: ['get', 'pods', '--wach'],
      err: 'error: unknown flag --wach (did you mean --watch?)\nSee: podctl get --help\n',
    },
    {
      words: ['get', 'pods', 'web', '-l', 'a=b'],
      err: 'error: names and a selector cannot be given together\nSee: podctl get --help\n',
    },
    { words: ['get', 'pods', '-n', 'Bad_Name'], err: expect.stringContaining('"Bad_Name" is no namespace') },
    {
      words: ['get', 'pods', '-o', 'yml'],
      err: expect.stringContaining('unknown output format "yml" (did you mean yaml?)'),
    },
    { words: ['apply'], err: expect.stringContaining('error: which manifests?\nhint: podctl apply -f FILE') },
    { words: ['delete'], err: expect.stringContaining('which pods?') },
    { words: ['delete', 'pods'], err: expect.stringContaining('name them, or give -l SELECTOR or --all') },
    { words: ['delete', 'pods', 'web', '--all'], err: expect.stringContaining('cannot be given together') },
    { words: ['exec', 'web'], err: expect.stringContaining('which command?') },
    { words: ['cp', 'a'], err: expect.stringContaining('where to? the last word is POD[/CONTAINER]:PATH') },
    { words: ['cp', 'web:/a'], err: expect.stringContaining('copy what?') },
    { words: ['cp', 'a', 'web:b'], err: expect.stringContaining('"web:b": PATH begins with a slash') },
    { words: ['cp', 'a', 'web/app/x:/b'], err: expect.stringContaining('files belong to a container') },
    { words: ['cp', 'a', 'web/app:/b', '-c', 'db'], err: expect.stringContaining('two containers: app and db') },
    { words: ['exec', 'web', 'ls'], err: expect.stringContaining('the command goes behind --') },
    { words: ['logs'], err: expect.stringContaining('of which pod?') },
    { words: ['logs', 'web', '--since', '0'], err: expect.stringContaining('--since must be longer') },
    { words: ['wait', 'pod/web'], err: expect.stringContaining('wait for what?') },
    { words: ['wait', '--for=delete', 'pods'], err: expect.stringContaining('which pods?') },
    { words: ['system'], err: expect.stringContaining('system status|stop|install') },
    { words: ['system', 'stat'], err: expect.stringContaining('unknown "stat" (did you mean status?)') },
    { words: ['completion', 'tcsh'], err: expect.stringContaining('unknown shell "tcsh"') },
    { words: ['explain', '-f', '-', '--stage', 'specs'], err: expect.stringContaining('(did you mean spec?)') },
  ])('$words is a usage error', async ({ words, err }) => {
    expect(await podctl(...words)).toEqual({ code: 2, out: '', err });
  });

  test('system status and stop say that podd is not running, and start nothing', async () => {
    expect(await podctl('system', 'status')).toEqual({ code: 1, out: '', err: 'podd is not running\n' });
    expect(await podctl('system', 'stop')).toEqual({ code: 0, out: '', err: 'podd is not running\n' });
  });

  test('the unit keeps containers alive when podd ends', async () => {
    const { code, out } = await podctl('system', 'install', '--print');
    expect(code).toBe(0);
    expect(out).toMatch(/^ExecStart=\S+node\S* \S+\/bin\/podd$/m);
    for (const line of ['KillMode=process', 'Delegate=yes', 'Restart=always', 'WantedBy=multi-user.target'])
      expect(out).toContain(`\n${line}\n`);
  });

  test('version prints its own without podd', async () => {
    expect(await podctl('version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Client Version: v\d+\.\d+\.\d+\nServer Version: podd is not running/),
    });
    expect(JSON.parse((await podctl('version', '--client', '-o', 'json')).out)).toMatchObject({
      clientVersion: { nodeVersion: process.version },
    });
  });
});
