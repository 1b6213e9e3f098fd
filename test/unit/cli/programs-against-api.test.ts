import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import type { ControlRequest, ProgramGroup } from '../../../src/protocol/api.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aGroup, aProgram, type ProgramSeed } from '../../support/programs.ts';
import { memoryIo } from './memory-io.ts';
import { ago, aPod } from './pod-builder.ts';

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

/** What the next control moves, and what becomes of the pod once it was asked. */
function moves(affected: readonly string[], ...later: readonly ProgramGroup[]): void {
  server.reconciler.answers.control = () => {
    if (later.length > 0) setImmediate(() => become(...later));
    return { affected };
  };
}

const requests = (): readonly ControlRequest[] =>
  server.reconciler.asked.flatMap((asked) => ('control' in asked ? [asked.control] : []));

describe('ps', () => {
  test('prints the tree of a namespace, of one pod, one container and one program', async () => {
    const { code, out } = await podctl('ps');
    expect(code).toBe(0);
    expect(firstWords(out)).toEqual(['NAME', 'web', 'app', 'db', 'worker:0', 'worker:1']);
    expect(firstWords((await podctl('ps', 'web/app/worker:1')).out)).toEqual(['NAME', 'web', 'app', 'worker:1']);
    expect(firstWords((await podctl('ps', 'web/worker', '--no-headers')).out)).toEqual([
      'web',
      'app',
      'worker:0',
      'worker:1',
    ]);
  });

  test('prints names, JSON and YAML', async () => {
    expect((await podctl('ps', '-o', 'name')).out).toBe('pod/web/app/db\npod/web/app/worker:0\npod/web/app/worker:1\n');
    expect(JSON.parse((await podctl('ps', 'web/db', '-o', 'json')).out)).toMatchObject({
      items: [{ container: 'app', programs: [{ label: 'db', hostPid: 1234 }] }],
    });
    expect((await podctl('ps', '-A', '-o', 'yaml')).out).toMatch(/^items:\n- container: app\n/);
  });

  test('says when there is nothing, and what does not exist', async () => {
    expect(await podctl('ps', '-n', 'prod')).toEqual({
      code: 0,
      out: '',
      err: 'No resources found in prod namespace.\n',
    });
    expect(await podctl('ps', 'wep')).toEqual({
      code: 1,
      out: '',
      err: 'Error from server (NotFound): pods "wep" not found\nhint: did you mean web?\n',
    });
    expect(await podctl('ps', 'web/dp')).toMatchObject({
      code: 1,
      err: expect.stringContaining('error: pod web has neither a container nor a program "dp"\nhint: did you mean db?'),
    });
    expect((await podctl('ps', 'web', '-A')).code).toBe(2);
    expect((await podctl('ps', 'web', '-l', 'a=b')).code).toBe(2);
  });

  test('-w prints it again when something changes', async () => {
    const { written, leave } = watching({});
    await waitUntil(() => written.out.includes('db'));
    become(groupOf({ state: 'FATAL' }));
    await waitUntil(() => written.out.includes('FATAL'));
    expect(written.out).toMatch(/db +RUNNING[\s\S]*\n\nNAME [\s\S]*db +FATAL/);
    expect(await leave()).toBe(141);
  });
});

/** `ps -w` whose reader can leave, as `| head` does: a watch ends by nothing else than a signal. */
function watching(more: Parameters<typeof memoryIo>[1]) {
  const io = memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir }, more);
  let hasLeft = false;
  const out = (text: string): void => {
    if (hasLeft) throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    io.out(text);
  };
  const ended = runCli(['ps', 'web', '-w'], { ...io, out });
  const leave = (): Promise<number> => {
    hasLeft = true;
    become(groupOf());
    return ended;
  };
  return { written: io.written, leave };
}

describe('ps on a terminal', () => {
  const onTerminal = (env: Readonly<Record<string, string>>, columns = 100) =>
    memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir, ...env }, { columns });

  test.each([
    [{ LANG: 'C.UTF-8' }, '   ├─ db'],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, '    db'],
    [{}, '    db'],
  ])('with %j shows a program as "%s"', async (env, text) => {
    const io = onTerminal(env);
    expect(await runCli(['ps'], io)).toBe(0);
    expect(io.written.out).toContain(`\n${text} `);
  });

  test('-w clears the screen and draws again', async () => {
    const { written, leave } = watching({ columns: 100 });
    await waitUntil(() => written.out.includes('db'));
    become(groupOf({ state: 'FATAL' }));
    await waitUntil(() => written.out.includes('FATAL'));
    expect(written.out.split('\u001b[H\u001b[2J').length).toBeGreaterThanOrEqual(3);
    expect(await leave()).toBe(141);
  });
});

describe('verbs', () => {
  const paused = groupOf({ paused: true, ready: false, message: 'paused by request' });

  test('pause waits until it stands still, resume until it goes on', async () => {
    moves(['app/db'], paused);
    expect(await podctl('pause', 'web/app/db')).toEqual({ code: 0, out: 'pod/web/app/db paused\n', err: '' });
    moves(['app/db'], groupOf());
    expect(await podctl('unpause', 'web/app/db')).toMatchObject({ code: 0, out: 'pod/web/app/db resumed\n' });
    expect(requests().map(({ verb }) => verb)).toEqual(['pause', 'resume']);
  });

  test('pause gives its results as JSON and as names', async () => {
    moves(['app/db'], paused);
    const { out } = await podctl('pause', 'web/app/db', '-o', 'json');
    expect(JSON.parse(out)).toEqual({ results: [{ name: 'pod/web/app/db', outcome: 'paused' }] });
    expect((await podctl('pause', 'web/app/db', '-o', 'name')).out).toBe('pod/web/app/db\n');
  });

  test('pause says when it does not stand still in time', async () => {
    moves(['app/db'], groupOf({ ready: false, message: 'is being paused' }));
    const { code, err } = await podctl('pause', 'web/app/db', '--timeout', '300ms');
    expect(code).toBe(1);
    expect(err).toContain('error: pod/web/app/db: not paused after 0.3s: RUNNING: is being paused');
  });

  test('reach each level', async () => {
    moves([]);
    await podctl('stop', 'web');
    await podctl('stop', 'pod/web/app');
    await podctl('stop', 'web/app/db', 'web/worker:1', 'web/app/db', '--no-wait');
    await podctl('restart', 'web/db', '--cascade', '--no-wait');
    await podctl('signal', 'hup', 'web/worker');
    await podctl('signal', '-s', '9', 'web/app/db');
    await podctl('reload', 'web/db');
    expect(requests()).toEqual([
      { verb: 'stop' },
      { verb: 'stop', container: 'app' },
      { verb: 'stop', container: 'app', targets: [{ program: 'db' }, { program: 'worker', instance: 1 }] },
      { verb: 'restart', cascade: true, container: 'app', targets: [{ program: 'db' }] },
      { verb: 'signal', signal: 1, container: 'app', targets: [{ program: 'worker' }] },
      { verb: 'signal', signal: 9, container: 'app', targets: [{ program: 'db' }] },
      { verb: 'reload', container: 'app', targets: [{ program: 'db' }] },
    ]);
  });

  test('that move nothing say so', async () => {
    expect(await podctl('start', 'web')).toEqual({ code: 0, out: 'pod/web unchanged\n', err: '' });
    expect(await podctl('start', 'web/app', 'web/db')).toMatchObject({
      out: 'pod/web/app unchanged\npod/web/app/db unchanged\n',
    });
  });

  test.each([
    ['stop', 'stopped'],
    ['restart', 'running'],
  ])('%s waits for what somebody else has asked for already', async (verb, wanted) => {
    become(groupOf({ state: 'STOPPING' }));
    moves([]);
    const { code, out, err } = await podctl(verb, 'web/db', '--timeout', '20ms');
    expect({ code, out }).toEqual({ code: 1, out: 'pod/web/app/db unchanged\n' });
    expect(err).toContain(`error: pod/web/app/db: not ${wanted} after 0.02s: STOPPING\n`);
  });

  test('restart waits until the program runs anew', async () => {
    moves(['app/db'], groupOf({ restarts: 1, startedAt: ago(1) }));
    expect(await podctl('restart', 'web/db')).toEqual({ code: 0, out: 'pod/web/app/db restarted\n', err: '' });
  });

  test('restart --wait=ready waits until it is ready', async () => {
    moves(['app/db'], groupOf({ restarts: 1, startedAt: ago(1), ready: false }));
    const restart = podctl('restart', 'web/db', '--wait=ready');
    await waitUntil(() => server.reconciler.programs('default', 'web')?.[0]?.programs[0]?.ready === false);
    become(groupOf({ restarts: 1, startedAt: ago(1) }));
    expect(await restart).toMatchObject({ code: 0, out: 'pod/web/app/db restarted\n' });
  });

  test('stop waits until all have stopped, and tells of each', async () => {
    const still = aProgram('worker:1', { state: 'STOPPING' });
    const off = (name: string) => aProgram(name, { state: 'STOPPED', hasInstances: name === 'worker' });
    moves(['app/worker:0', 'app/worker:1']);
    const stop = podctl('stop', 'web/app/worker');
    await waitUntil(() => requests().length === 1);
    become(aGroup([off('worker'), still]));
    await waitUntil(() => server.reconciler.subscribers() > 1);
    become(aGroup([off('worker'), off('worker:1')]));
    expect(await stop).toMatchObject({
      code: 0,
      out: 'pod/web/app/worker:0 stopped\npod/web/app/worker:1 stopped\n',
    });
  });

  test('stop and start of a pod wait for its containers', async () => {
    const off = groupOf({}, { state: 'waiting', reason: 'Stopped', programs: [] });
    moves(['app'], { ...off, programs: [] });
    expect(await podctl('stop', 'web')).toEqual({ code: 0, out: 'pod/web/app stopped\n', err: '' });
    moves(['app'], groupOf({}, { startedAt: ago(1) }));
    expect(await podctl('start', 'web')).toEqual({ code: 0, out: 'pod/web/app started\n', err: '' });
  });

  test('a FATAL ends the wait with the reason', async () => {
    moves(['app/db'], groupOf({ state: 'FATAL', startedAt: ago(1), message: 'exited with code 1, 4 times in a row' }));
    expect(await podctl('restart', 'web/db')).toEqual({
      code: 1,
      out: '',
      err: 'error: pod/web/app/db: FATAL: exited with code 1, 4 times in a row\nhint: podctl why web/app/db\n',
    });
  });

  test('a program that waits for what does not come by itself ends the wait with what that is', async () => {
    const message = 'waits for db to be ready (db is FATAL: exited with code 3)';
    const db = aProgram('db', { state: 'FATAL', ready: false, message: 'exited with code 3' });
    become(aGroup([db, aProgram('web', { state: 'WAITING', ready: false, blocked: true, message })]));
    moves([]);
    const { code, out, err } = await podctl('start', 'web/app/web');
    expect({ code, out }).toEqual({ code: 1, out: 'pod/web/app/web unchanged\n' });
    expect(err).toContain(`error: pod/web/app/web: WAITING: ${message}\n`);
    expect(err).toContain('hint: podctl why web/app/web\n');
  });

  test('a program that somebody else stops ends the wait for its restart', async () => {
    const lastExit = { exitCode: 0, signal: 15, at: ago(10) };
    moves(['app/db'], groupOf({ state: 'STOPPED', ready: false, message: 'stopped by request', lastExit }));
    const { code, err } = await podctl('restart', 'web/app/db');
    expect(code).toBe(1);
    expect(err).toContain('error: pod/web/app/db: STOPPED: stopped by request\n');
  });

  test('what does not happen in time is said with how it stands', async () => {
    moves(['app/db'], groupOf({ state: 'WAITING', message: 'waits for x to be ready' }));
    expect(await podctl('start', 'web/db', '--timeout', '100ms')).toMatchObject({
      code: 1,
      err: 'error: pod/web/app/db: not running after 0.1s: WAITING: waits for x to be ready\nhint: podctl why web/app/db\n',
    });
  });

  test('a pod that goes away ends the wait', async () => {
    moves(['app/db']);
    const restart = podctl('restart', 'web/db');
    await waitUntil(() => requests().length === 1);
    server.reconciler.remove('default', 'web');
    expect(await restart).toMatchObject({ code: 1, err: expect.stringContaining('the pod was deleted') });
  });

  test('--no-wait only asks', async () => {
    moves(['app/db']);
    expect(await podctl('restart', 'web/db', '--no-wait')).toEqual({
      code: 0,
      out: 'pod/web/app/db restarting\n',
      err: '',
    });
    moves(['app/db']);
    expect((await podctl('signal', 'TERM', 'web/db')).out).toBe('pod/web/app/db signalled (SIGTERM)\n');
    expect((await podctl('reload', 'web/db')).out).toBe('pod/web/app/db reloaded\n');
  });

  test('one wrong target does not keep the others back', async () => {
    moves(['app/db'], groupOf({ restarts: 1, startedAt: ago(1) }));
    const { code, out, err } = await podctl('restart', 'nope', 'web/nope', 'web/db');
    expect({ code, out }).toEqual({ code: 1, out: 'pod/web/app/db restarted\n' });
    expect(err).toContain('pods "nope" not found');
    expect(err).toContain('neither a container nor a program "nope"');
  });

  test('what podd cannot do now is its refusal', async () => {
    server.reconciler.answers.control = () => {
      throw new PodError('Conflict', 'program db has no reload');
    };
    expect(await podctl('reload', 'web/db')).toMatchObject({
      code: 1,
      err: 'Error from server (Conflict): program db has no reload\n',
    });
  });

  test.each([
    [['start'], 'start what?'],
    [['stop', 'a/b/c/d'], '"a/b/c/d" is not POD'],
    [['signal'], 'which signal?'],
    [['signal', 'TREM', 'web'], '"TREM" is no signal (did you mean TERM?)'],
    [['signal', 'TERM'], 'signal what?'],
    [['restart', 'web', '--wait=soon'], 'flag --wait is one of running, ready'],
    [['stop', 'web', '--cascade'], 'unknown flag --cascade'],
    [['scale', 'web/app/db'], 'is not POD/CONTAINER/PROGRAM=N'],
    [['scale', 'web=3'], 'which program of it?'],
    [['why'], 'why what?'],
    [['wait', '--for=state=NONE', 'web'], 'no program is ever "NONE"'],
  ])('%j is a usage error', async (words, message) => {
    expect(await podctl(...words)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(server.reconciler.asked).toEqual([]);
  });

  test('signal --list prints them all', async () => {
    expect((await podctl('signal', '--list')).out).toMatch(/HUP +1 .*INT +2 [\s\S]*TERM +15/);
  });
});

function firstWords(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '');
}

async function waitUntil(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}
