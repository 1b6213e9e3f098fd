/** start, stop, restart, reload, signal, scale, why and wait at each level, with real processes: what was asked for moves, all else runs on. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProgramGroup, ProgramObject } from '../../src/protocol/api.ts';
import { describeReal } from '../support/describe-real.ts';
import { type CommandResult, type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { initPid, isReady, podPids } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const trapping = 'trap "echo got HUP" HUP; trap "echo got USR1" USR1; echo up; while :; do sleep 1000 & wait; done';

describeReal('control of programs', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** db ← web (cascades), and two workers that need nobody. */
  const programs = [
    aProgram('db'),
    aProgram('web', { dependsOn: { db: 'ready' } }),
    aProgram('worker', { instances: 2 }),
    aProgram('trap', { command: ['/bin/sh', '-c', trapping], reload: { signal: 'HUP' } }),
  ];
  const side = aContainer({ name: 'side' });

  const groups = async (pod = 'web'): Promise<readonly ProgramGroup[]> => {
    const reply = await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
    return reply.status === 200 ? reply.body.items : [];
  };
  const programsOf = async (pod = 'web', container = 'main'): Promise<readonly ProgramObject[]> =>
    (await groups(pod)).find((group) => group.container === container)?.programs ?? [];
  const programOf = async (label: string, pod = 'web'): Promise<ProgramObject | undefined> =>
    (await programsOf(pod)).find((program) => program.label === label);
  /** label → pid on the host */
  const pids = async (pod = 'web'): Promise<Record<string, number | undefined>> =>
    Object.fromEntries((await programsOf(pod)).map(({ label, hostPid }) => [label, hostPid]));
  const podctl = (...args: readonly string[]): Promise<CommandResult> => instance.podctl(args);
  const ok = (...args: readonly string[]): Promise<string> => instance.podctlOk(args);
  const pod = async (name = 'web') => {
    const found = await instance.getPod(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };

  const labels = ['db', 'web', 'worker:0', 'worker:1', 'trap'];
  const except = (all: Record<string, number | undefined>, ...without: readonly string[]) =>
    Object.fromEntries(Object.entries(all).filter(([label]) => !without.includes(label)));

  beforeEach(async () => {
    await instance.apply(aPod({ name: 'web', containers: [aContainer({ processes: programs }), side] }));
    await ok('start', 'web', '--wait=ready');
    const before = await pids();
    expect(Object.keys(before)).toEqual(labels);
    expect(Object.values(before).every((pid) => pid !== undefined && existsSync(`/proc/${pid}`))).toBe(true);
  });

  test('stop and start of a program leave all others alone', async () => {
    const before = await pids();
    expect(await ok('stop', 'web/main/web')).toBe('pod/web/main/web stopped');
    expect(existsSync(`/proc/${before.web}`)).toBe(false);
    expect(except(await pids(), 'web')).toEqual(except(before, 'web'));
    expect(await programOf('web')).toMatchObject({ state: 'STOPPED', ready: false });
    expect(await ok('stop', 'web/main/web')).toBe('pod/web/main/web unchanged');
    expect(await ok('start', 'web/main/web')).toBe('pod/web/main/web started');
    const after = await pids();
    expect(after.web).not.toBe(before.web);
    expect(except(after, 'web')).toEqual(except(before, 'web'));
    expect(await ok('start', 'web/main/web')).toBe('pod/web/main/web unchanged');
  });

  test('stop and start of all instances of a program, and of one', async () => {
    const before = await pids();
    await ok('stop', 'web/main/worker:1');
    expect(except(await pids(), 'worker:1')).toEqual(except(before, 'worker:1'));
    const lines = (await ok('stop', 'web/main/worker')).split('\n');
    expect(lines).toEqual(['pod/web/main/worker:0 stopped']);
    expect((await ok('start', 'web/main/worker')).split('\n').sort()).toEqual([
      'pod/web/main/worker:0 started',
      'pod/web/main/worker:1 started',
    ]);
  });

  test('restart of a program gives it a new pid and nobody else', async () => {
    const before = await pids();
    const init = initPid(await pod());
    expect(await ok('restart', 'web/main/worker:1')).toBe('pod/web/main/worker:1 restarted');
    const after = await pids();
    expect(after['worker:1']).not.toBe(before['worker:1']);
    expect(except(after, 'worker:1')).toEqual(except(before, 'worker:1'));
    expect(initPid(await pod())).toBe(init);
  });

  test('restart --cascade takes those that depend on it, a plain restart does not', async () => {
    const before = await pids();
    await ok('restart', 'web/main/db');
    const between = await pids();
    expect(except(between, 'db')).toEqual(except(before, 'db'));
    await ok('restart', 'web/main/db', '--cascade');
    const after = await pids();
    expect(after.db).not.toBe(between.db);
    expect(after.web).not.toBe(between.web);
    expect(except(after, 'db', 'web')).toEqual(except(between, 'db', 'web'));
  });

  test('stop, start and restart of a container leave the other one alone', async () => {
    const sideInit = initPid(await pod(), 'side');
    expect(await ok('stop', 'web/main')).toBe('pod/web/main stopped');
    expect(podPids(await pod(), 'main')).toEqual([]);
    expect(initPid(await pod(), 'side')).toBe(sideInit);
    expect(await ok('start', 'web/main')).toBe('pod/web/main started');
    const init = initPid(await pod());
    await ok('restart', 'web/main');
    expect(initPid(await pod())).not.toBe(init);
    expect(initPid(await pod(), 'side')).toBe(sideInit);
  });

  test('start of a pod or container that runs starts its programs that were stopped', async () => {
    const before = await pids();
    await ok('stop', 'web/main/db', 'web/main/worker:1');
    expect((await ok('start', 'web')).split('\n').sort()).toEqual([
      'pod/web/main/db started',
      'pod/web/main/worker:1 started',
    ]);
    await ok('stop', 'web/main/trap');
    expect(await ok('start', 'web/main')).toBe('pod/web/main/trap started');
    expect(except(await pids(), 'db', 'worker:1', 'trap')).toEqual(except(before, 'db', 'worker:1', 'trap'));
    expect(await ok('start', 'web')).toBe('pod/web unchanged');
  });

  test('a plain container is stopped, started and restarted as a container', async () => {
    const before = await pids();
    await ok('stop', 'web/side');
    expect(podPids(await pod(), 'side')).toEqual([]);
    await ok('start', 'web/side');
    const init = initPid(await pod(), 'side');
    await ok('restart', 'web/side');
    expect(initPid(await pod(), 'side')).not.toBe(init);
    expect(await pids()).toEqual(before);
  });

  test('a stopped pod stays stopped over a restart of podd, until it is started', async () => {
    await ok('stop', 'web');
    expect(podPids(await pod())).toEqual([]);
    await instance.restartPodd();
    expect((await groups()).map(({ state }) => state)).not.toContain('running');
    expect(podPids(await pod())).toEqual([]);
    await ok('start', 'web');
    expect((await groups()).map(({ state }) => state)).toEqual(['running', 'running']);
  });

  test('a stopped container and a stopped program stay so over a restart of podd', async () => {
    await ok('stop', 'web/side');
    await ok('stop', 'web/main/web');
    const before = await pids();
    await instance.restartPodd();
    await waitFor('podd knows the programs again', async () => (await programsOf()).length === labels.length);
    expect(await pids()).toEqual(before);
    expect(await programOf('web')).toMatchObject({ state: 'STOPPED' });
    expect(podPids(await pod(), 'side')).toEqual([]);
    await ok('start', 'web/side', 'web/main/web');
  });

  test('restart of a pod restarts each container', async () => {
    const inits = [initPid(await pod()), initPid(await pod(), 'side')];
    await ok('restart', 'web');
    expect(initPid(await pod())).not.toBe(inits[0]);
    expect(initPid(await pod(), 'side')).not.toBe(inits[1]);
  });

  test('signal and reload reach the main process', async () => {
    const said = (text: string) => async () => (await instance.logs('web')).includes(text);
    await waitFor('it has its traps', said('up'));
    expect(await ok('signal', 'USR1', 'web/main/trap')).toBe('pod/web/main/trap signalled (SIGUSR1)');
    await waitFor('USR1 came', said('got USR1'));
    expect(await ok('reload', 'web/main/trap')).toBe('pod/web/main/trap reloaded');
    await waitFor('HUP came', said('got HUP'));
  });

  test('a killed program is restarted, and why tells the cause', async () => {
    const before = await pids();
    await ok('signal', 'KILL', 'web/main/worker:0');
    const isBack = async (): Promise<boolean> => {
      const now = await programOf('worker:0');
      return now?.state === 'RUNNING' && now.hostPid !== before['worker:0'];
    };
    await waitFor('worker:0 runs again', isBack);
    expect(await programOf('worker:0')).toMatchObject({ restarts: expect.any(Number), lastExit: { signal: 9 } });
    const why = await ok('why', 'web/main/worker:0');
    expect(why).toMatch(/^web\/main\/worker:0 is RUNNING and ready/);
    expect(why).toContain('SIGKILL');
    const { items } = JSON.parse(await ok('why', 'web', '-o', 'json'));
    const programsTold = items.map((item: { state: { label: string } }) => item.state.label);
    expect(programsTold).toEqual(expect.arrayContaining(labels));
  });

  test('scale up and down keeps the pids of those that remain', async () => {
    const before = await pids();
    const up = await ok('scale', 'web/main/worker=4');
    expect(up).toContain('pod/web configured');
    expect(up).toMatch(/main\/worker:3 +start/);
    await ok('wait', '--for=running', 'web/main/worker', 'web/main/worker:3');
    const more = await pids();
    expect(Object.keys(more)).toEqual(expect.arrayContaining(['worker:2', 'worker:3']));
    expect(except(more, 'worker:2', 'worker:3')).toEqual(before);
    expect(await ok('scale', 'web/main/worker=1')).toMatch(/main\/worker:3 +stop/);
    await waitFor('three are gone', async () => Object.keys(await pids()).length === labels.length - 1);
    expect(await pids()).toEqual(except(before, 'worker:1'));
    expect(existsSync(`/proc/${before['worker:1']}`)).toBe(false);
    await ok('scale', 'web/main/worker=0');
    await waitFor('none is left', async () => (await programOf('worker:0')) === undefined);
    await ok('scale', 'web/main/worker=2');
    expect(except(await pids(), 'worker:0', 'worker:1')).toEqual(except(before, 'worker:0', 'worker:1'));
  });

  test('what is not there is a failure that says what is', async () => {
    for (const verb of ['start', 'stop', 'restart', 'reload']) {
      expect(await podctl(verb, 'nobody')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('pods "nobody" not found'),
      });
    }
    const wrong = await podctl('restart', 'web/main/wrker');
    expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
    expect(wrong.stderr).toContain('did you mean worker?');
    expect(await podctl('stop', 'web/main/worker:9')).toMatchObject({ exitCode: 1 });
    expect(await podctl('scale', 'web/main/nothing=2')).toMatchObject({ exitCode: 1 });
    expect(await podctl('scale', 'web/main/worker=1001')).toMatchObject({ exitCode: 2 });
  });

  test('what a program cannot do is a conflict', async () => {
    const refused = await podctl('reload', 'web/main/db');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(Conflict)') });
  });

  test('a program that cannot start is told with its last output', async () => {
    const failing = aProgram('bad', {
      ...{ command: ['/bin/sh', '-c', 'echo no such luck; exit 3'], autostart: false },
      restart: { startSeconds: 0.2, startRetries: 0 },
    });
    await instance.apply(aPod({ name: 'fatal', containers: [aContainer({ processes: [aProgram('good'), failing] })] }));
    await instance.waitForPod('fatal', 'is ready', isReady);
    const { exitCode, stderr } = await podctl('start', 'fatal/bad');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: pod\/fatal\/main\/bad: FATAL/);
    expect(stderr).toContain('no such luck');
    expect(await podctl('wait', '--for=state=FATAL', 'fatal/bad')).toMatchObject({ exitCode: 0 });
    expect(await podctl('wait', '--for=ready', 'fatal/bad')).toMatchObject({ exitCode: 1 });
    expect(await podctl('wait', '--for=ready', 'fatal/good', 'pod/web')).toMatchObject({ exitCode: 0 });
    await instance.deletePod('fatal', 0);
  });

  test('a container whose programs all wait, for their schedule or to be asked, runs and is ready', async () => {
    const processes = [
      aProgram('later', { schedule: { cron: '0 0 1 1 *' } }),
      aProgram('asked', { command: ['/bin/sh', '-c', 'echo asked; sleep 1000'], autostart: false }),
    ];
    const applied = await instance.podctl(['apply', '-f', '-', '--wait', '--timeout', '30s'], {
      stdin: JSON.stringify(aPod({ name: 'calm', containers: [aContainer({ processes })] })),
    });
    expect(applied).toMatchObject({ exitCode: 0 });
    const pod = await instance.waitForPod('calm', 'runs', ({ status }) => status.phase === 'Running');
    expect(pod.status.containerStatuses[0]?.state).toMatchObject({ running: {} });
    expect(await podctl('start', 'calm/main/asked')).toMatchObject({ exitCode: 0 });
    await instance.deletePod('calm', 0);
  });

  test('apply --wait ends when a program is FATAL, and says why', async () => {
    const bad = aProgram('bad', { command: ['/bin/false'], restart: { startSeconds: 0.2, startRetries: 0 } });
    const manifest = aPod({ name: 'never', containers: [aContainer({ processes: [aProgram('good'), bad] })] });
    const started = performance.now();
    const { exitCode, stderr } = await instance.podctl(['apply', '-f', '-', '--wait', '--timeout', '60s'], {
      stdin: JSON.stringify(manifest),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('program bad: FATAL');
    expect(performance.now() - started).toBeLessThan(30_000);
    await instance.deletePod('never', 0);
  });
});
