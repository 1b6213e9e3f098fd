import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { memoryIo } from './memory-io.ts';
import { aUsageList } from './usage-builders.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  for (const name of ['web', 'db']) {
    server.reconciler.put(aPod({ name }));
    server.reconciler.setPrograms('default', name, [aGroup([aProgram('a'), aProgram('b')], { pod: name })]);
  }
  const { items } = aUsageList(0, { web: { app: { a: 10, b: 20 } }, db: { app: { a: 1, b: 2 } } });
  for (const usage of items) server.reconciler.setUsage(usage);
});
afterEach(() => server.close());

async function podctl(...words: readonly string[]) {
  const io = memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir });
  const code = await runCli(words, io);
  return { code, ...io.written };
}

const firstWords = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '');

test.each([
  [[], ['NAME', 'db', 'app', 'a', 'b', 'web', 'app', 'a', 'b']],
  [['web'], ['NAME', 'web', 'app', 'a', 'b']],
  [['pod/web/b'], ['NAME', 'web', 'app', 'b']],
  [
    ['web/app/a', 'db/app/b', '--no-headers'],
    ['db', 'app', 'b', 'web', 'app', 'a'],
  ],
  [['pod'], ['NAME', 'db', 'web']],
  [
    ['pods', 'web'],
    ['NAME', 'web'],
  ],
  [['--containers'], ['NAME', 'db/app', 'web/app']],
  [
    ['web', '--programs'],
    ['NAME', 'web/app/a', 'web/app/b'],
  ],
  [
    ['-A', '--pods'],
    ['NAMESPACE', 'default', 'default'],
  ],
])('top %j prints the rows %j', async (words, expected) => {
  const { code, out } = await podctl('top', ...words);
  expect(code).toBe(0);
  expect(firstWords(out)).toEqual(expected);
});

test('as data it has counters and rates of what was asked for', async () => {
  const { out } = await podctl('top', 'web/b', '-o', 'json');
  const { intervalMs, items } = JSON.parse(out);
  expect(intervalMs).toBeGreaterThan(900);
  expect(items).toMatchObject([
    { pod: 'web', containers: [{ programs: [{ program: 'b', usage: { cpuMs: 20 }, rates: { cpuPercent: 0 } }] }] },
  ]);
});

test.each([
  [['web', '-A'], 2, 'a pod cannot be named across all namespaces'],
  [['web', '-l', 'a=b'], 2, 'names and a selector cannot be given together'],
  [['--pods', '--programs'], 2, '--pods and --programs cannot be given together'],
  [['-w', '--interval', '10ms'], 2, '--interval must be at least 100ms'],
  [['--sort', 'size'], 2, 'sort'],
  [['wbe'], 1, 'did you mean web?'],
  [['web/nope'], 1, 'has neither a container nor a program "nope"'],
])('top %j is refused', async (words, code, message) => {
  const ran = await podctl('top', ...words);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(message);
});

test('nothing there is said so', async () => {
  expect(await podctl('top', '-n', 'empty')).toEqual({
    code: 0,
    out: '',
    err: 'No resources found in empty namespace.\n',
  });
});
