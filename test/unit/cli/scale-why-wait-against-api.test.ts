import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import type { ApplyResult, ProgramGroup } from '../../../src/protocol/api.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aGroup, aProgram, type ProgramSeed } from '../../support/programs.ts';
import { memoryIo } from './memory-io.ts';
import { aContainer, ago, aPod, running } from './pod-builder.ts';

let server: TestServer;
const groupOf = (db: ProgramSeed = {}, more: Partial<ProgramGroup> = {}): ProgramGroup =>
  aGroup([aProgram('db', db), aProgram('worker', { hasInstances: true }), aProgram('worker:1')], more);
const spec = {
  containers: [
    { name: 'app', processes: [{ name: 'db' }, { name: 'worker', instances: 2, dependsOn: { db: 'ready' } }] },
  ],
};

beforeEach(async () => {
  server = await startTestServer();
  server.reconciler.put(aPod({ spec }));
  server.reconciler.setPrograms('default', 'web', [groupOf()]);
});
afterEach(() => server.close());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function podctl(...words: readonly string[]): Promise<Ran> {
  const io = memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir });
  return runCli(words, io).then((code) => ({ code, ...io.written }));
}

const become = (...groups: readonly ProgramGroup[]): void => server.reconciler.setPrograms('default', 'web', groups);

describe('scale', () => {
  const result: ApplyResult = {
    ...{ kind: 'Pod', namespace: 'default', name: 'web', outcome: 'configured', cost: 'in-place', warnings: [] },
    changes: [
      {
        ...{ field: 'spec.containers[app].processes[worker].instances', from: 2, to: 3 },
        ...{ cost: 'in-place', why: 'the others run on' },
      },
    ],
    programs: [{ container: 'app', program: 'worker:2', effect: 'start', why: 'instances 2 → 3' }],
  };

  test('a wrong target is answered with where its own help is', async () => {
    const { code, err } = await podctl('scale', 'web/app/worker:1=3');
    expect(code).toBe(2);
    expect(err).toContain('is one instance\n');
    expect(err).toContain('See: podctl scale --help\n');
  });

  test('prints what it does', async () => {
    server.reconciler.answers.scale = () => result;
    expect(await podctl('scale', 'web/worker=3')).toEqual({
      code: 0,
      out: [
        'pod/web configured (in place)',
        '  ~ spec.containers[app].processes[worker].instances: 2 → 3   in place: the others run on',
        '  app/worker:2  start  instances 2 → 3',
        '',
      ].join('\n'),
      err: '',
    });
    expect(server.reconciler.asked).toEqual([{ scale: { container: 'app', program: 'worker', instances: 3 } }]);
    expect((await podctl('scale', 'web/app/worker=3', '-o', 'name')).out).toBe('pod/web/app/worker\n');
    expect(JSON.parse((await podctl('scale', 'web/app/worker=3', '-o', 'json')).out)).toEqual({ results: [result] });
  });

  test('refuses instances and containers, and numbers that podd refuses', async () => {
    expect(await podctl('scale', 'web/worker:1=3')).toMatchObject({ code: 2 });
    expect(await podctl('scale', 'web/app=3')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is a container'),
    });
    expect(await podctl('scale', 'web/worker=1001')).toMatchObject({
      code: 2,
      err: expect.stringContaining('body.instances: must be a whole number from 0 to 1000'),
    });
  });
});

describe('why', () => {
  test('says how it is and what was decided, newest last', async () => {
    const db: ProgramSeed = { state: 'BACKOFF', lastExit: { exitCode: 1, at: ago(500) } };
    const waits = aProgram('worker:1', { state: 'WAITING', message: 'waits for db to be ready' });
    become(aGroup([aProgram('db', db), waits]));
    server.reconciler.answers.why = (container = '') => ({
      items: [
        {
          ...{ container, program: 'worker:1', state: waits },
          decisions: [
            { at: ago(86_400_000 * 3), state: 'STOPPING', what: 'stop with SIGTERM', cause: 'liveness probe failed' },
            { at: ago(500), state: 'WAITING', what: 'wait', cause: 'db is not ready' },
          ],
        },
      ],
    });
    const { code, out } = await podctl('why', 'web/worker:1');
    expect(code).toBe(0);
    const [sentence, header, first, second] = out.split('\n');
    expect(sentence).toBe('web/app/worker:1 is WAITING: waits for db to be ready (db is BACKOFF: exited with code 1)');
    expect(header).toMatch(/^ {2}TIME +STATE +DECISION +CAUSE$/);
    expect(first).toMatch(
      /^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000 +STOPPING +stop with SIGTERM +liveness probe failed$/,
    );
    expect(second).toMatch(/^ {2}\d\d:\d\d:\d\d\.500 +WAITING +wait +db is not ready$/);
    expect(server.reconciler.asked).toEqual([
      { why: { container: 'app', target: { program: 'worker', instance: 1 } } },
    ]);
    expect(JSON.parse((await podctl('why', 'web', '-o', 'json')).out)).toMatchObject({ items: [{ container: 'app' }] });
  });

  test('of a container that does not run says how its last run ended', async () => {
    const lastExit = { exitCode: 7, reason: 'Error', finishedAt: ago(3000), message: 'program db exited with code 7' };
    const off = { state: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off 10s', ready: false };
    become(aGroup([], { ...off, lastExit }));
    expect((await podctl('why', 'web')).out).toBe(
      'container web/app is CrashLoopBackOff (back-off 10s; last exit: exit 7 (3s ago: program db exited with code 7)): none of its programs runs\n',
    );
  });

  test('of a container that does not run is its state', async () => {
    become(aGroup([], { state: 'waiting', reason: 'CrashLoopBackOff', ready: false }));
    expect(await podctl('why', 'web')).toEqual({
      code: 0,
      out: 'container web/app is CrashLoopBackOff: none of its programs runs\n',
      err: '',
    });
  });
});

describe('wait', () => {
  test.each([
    ['ready', 'web/app/db', groupOf({ ready: false }), groupOf()],
    ['running', 'web/db', groupOf({ state: 'STARTING' }), groupOf()],
    ['stopped', 'web/app/db', groupOf(), groupOf({ state: 'EXITED' })],
    ['state=fatal', 'web/app/db', groupOf(), groupOf({ state: 'FATAL' })],
    ['ready', 'pod/web', groupOf({ ready: false }, { ready: false }), groupOf()],
    ['stopped', 'web/app', groupOf(), aGroup([], { state: 'terminated' })],
    ['running', 'web', aGroup([], { state: 'waiting' }), groupOf()],
  ])('--for=%s %s ends when it is so', async (goal, word, before, after) => {
    become(before);
    const waits = podctl('wait', `--for=${goal}`, word);
    await waitUntil(() => server.reconciler.subscribers() > 1);
    become(after);
    const name = word.replace(/^(pod\/)?/, 'pod/').replace('web/db', 'web/app/db');
    expect(await waits).toEqual({ code: 0, out: `${name} condition met\n`, err: '' });
  });

  test('several, pods by selector and all of them', async () => {
    expect((await podctl('wait', '--for=ready', 'pods', 'web')).out).toBe('pod/web condition met\n');
    expect((await podctl('wait', '--for=ready', 'pods', '--all')).out).toBe('pod/web condition met\n');
    expect((await podctl('wait', '--for=running', 'web/db', 'web/app/worker')).out).toBe(
      'pod/web/app/db condition met\npod/web/app/worker condition met\n',
    );
    expect(await podctl('wait', '--for=ready', 'pods', '-l', 'a=b')).toMatchObject({ code: 1 });
  });

  test('a FATAL ends the wait for ready', async () => {
    become(groupOf({ state: 'FATAL', lastExit: { exitCode: 7, at: ago(1) } }, { ready: false }));
    expect(await podctl('wait', '--for=ready', 'web')).toEqual({
      code: 1,
      out: '',
      err: 'error: pod/web will not be ready by itself\n  program app/db: FATAL: exited with code 7\n',
    });
  });

  test('a timeout says how it stands', async () => {
    become(groupOf({ ready: false }));
    expect(await podctl('wait', '--for=ready', 'web/app/db', '--timeout=0')).toEqual({
      code: 1,
      out: '',
      err: 'error: timed out waiting for pod/web/app/db to be ready\n  program app/db: RUNNING, not ready\n',
    });
    expect(await podctl('wait', '--for=ready', 'web/app/dc')).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean db?'),
    });
  });
});

describe('apply', () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync('/tmp/pc-cli-');
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));
  const manifest = (): string => {
    const file = join(scratch, 'web.json');
    const containers = [{ name: 'app', image: 'host', command: ['sleep', '1000'] }];
    const text = { apiVersion: 'podctl.dev/v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers } };
    writeFileSync(file, JSON.stringify(text));
    return file;
  };
  const fatal = (at: string) => {
    const programs = [aProgram('db', { state: 'FATAL', lastExit: { exitCode: 1, at } })];
    return aPod({ containers: [aContainer('app', running, { ready: false, programs })] });
  };
  const applied = (programs: ApplyResult['programs']): void => {
    server.reconciler.answers.apply = () => ({
      results: [
        {
          ...{
            kind: 'Pod',
            namespace: 'default',
            name: 'web',
            outcome: 'configured',
            cost: 'in-place',
            changes: [],
            warnings: [],
          },
          programs,
        },
      ],
    });
  };

  test('passes --cascade on and prints what happens to programs', async () => {
    applied([{ container: 'app', program: 'db', effect: 'restart', why: 'env FOO changed' }]);
    expect(await podctl('apply', '-f', manifest(), '--cascade', '--dry-run')).toEqual({
      code: 0,
      out: 'pod/web configured (dry run)\n  app/db  restart  env FOO changed\n',
      err: '',
    });
    expect(server.reconciler.applied).toMatchObject([{ cascade: true, dryRun: true }]);
  });

  test('--wait ends with the reason when a program is FATAL', async () => {
    server.reconciler.put(fatal(ago(60_000)));
    applied([]);
    expect(await podctl('apply', '-f', manifest(), '--wait')).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'error: pod/web: failed\n  container app: running, not ready yet\n    program db: FATAL: exited with code 1\n',
      ),
    });
  });

  test('--wait does not mistake the FATAL of before for that of the new manifest', async () => {
    server.reconciler.put(fatal(ago(60_000)));
    applied([{ container: 'app', program: 'db', effect: 'restart', why: 'command changed' }]);
    const waits = podctl('apply', '-f', manifest(), '--wait');
    await waitUntil(() => server.reconciler.subscribers() > 1);
    server.reconciler.put(aPod());
    expect(await waits).toMatchObject({ code: 0 });
    server.reconciler.put(fatal(ago(-1)));
    expect(await podctl('apply', '-f', manifest(), '--wait')).toMatchObject({ code: 1 });
  });
});

describe('help', () => {
  test('has a group of programs', async () => {
    expect((await podctl('help')).out).toMatch(/\nPrograms:\n {2}ps +.*\n {2}top +.*\n {2}start [\s\S]*\n {2}why /);
  });

  test.each(['ps', 'start', 'stop', 'restart', 'reload', 'signal', 'scale', 'why', 'wait'])(
    'of %s has examples',
    async (name) => {
      const { code, out } = await podctl(name, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Examples:\n`);
      expect(out).toContain(`  podctl ${name} `);
    },
  );
});

async function waitUntil(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}
