/** podctl pause and resume at each level, on real freezers: what is paused stands still, survives podd, and can be ended at any time. */
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ProgramGroup, ProgramObject } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type CommandResult, type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isReady, isRunning, podPids } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

/** Long enough for a busy program to use CPU, and for an idle wake-up to show. */
const whileMs = 400;
const counting = 'i=0; while :; do i=$((i+1)); echo $i > /tmp/count; done';

describeReal('pause and resume', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());
  afterEach(() => instance.deleteAll());

  const podctl = (...args: readonly string[]): Promise<CommandResult> => instance.podctl(args);
  const ok = (...args: readonly string[]): Promise<string> => instance.podctlOk(args);
  const groupsOf = async (): Promise<readonly ProgramGroup[]> => {
    const reply = await instance.api('GET', '/apis/podctl.dev/v1/namespaces/default/programs?pod=web');
    return reply.status === 200 ? reply.body.items : [];
  };
  const programOf = async (label: string, container = 'main'): Promise<ProgramObject> => {
    const group = (await groupsOf()).find((candidate) => candidate.container === container);
    const found = group?.programs.find((program) => program.label === label);
    if (found === undefined) throw new Error(`no program ${container}/${label}`);
    return found;
  };
  const pod = async (): Promise<PodObject> => {
    const found = await instance.getPod('web');
    if (found === undefined) throw new Error('no pod web');
    return found;
  };
  const cpuMsOf = async (label: string): Promise<number> => (await programOf(label)).cpuMs ?? 0;
  /** CPU time that a program uses in a while */
  const usage = async (label: string): Promise<number> => {
    const before = await cpuMsOf(label);
    await pass(whileMs);
    return (await cpuMsOf(label)) - before;
  };
  const untilItUsesCpu = async (label: string): Promise<void> => {
    const before = await cpuMsOf(label);
    await waitFor(`${label} uses CPU`, async () => (await cpuMsOf(label)) >= before + whileMs / 10);
  };
  const eventReasons = async (): Promise<readonly string[]> => {
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/events');
    return body.items.map(({ reason }: { readonly reason: string }) => reason);
  };

  const busy = aProgram('busy', { command: ['/bin/sh', '-c', counting] });
  const start = async (main: Record<string, unknown>): Promise<void> => {
    await instance.apply(aPod({ name: 'web', containers: [aContainer(main), aContainer({ name: 'side' })] }));
    await instance.waitForPod('web', 'is ready', isReady);
  };

  test('a busy program stops using the CPU, its neighbours and execs go on, and it goes on where it stood', async () => {
    await start({ processes: [busy, aProgram('other')] });
    const { hostPid } = await programOf('busy');
    await untilItUsesCpu('busy');
    expect(await ok('pause', 'web/main/busy')).toBe('pod/web/main/busy paused');
    expect(await programOf('busy')).toMatchObject({ state: 'RUNNING', paused: true, ready: false, hostPid });
    const count = await instance.exec('web', ['/bin/cat', '/tmp/count']);
    expect(await usage('busy')).toBe(0);
    expect(await instance.exec('web', ['/bin/cat', '/tmp/count'])).toEqual({ ...count, code: 0 });
    expect(await programOf('other')).toMatchObject({ ready: true });
    expect(await ok('resume', 'web/main/busy')).toBe('pod/web/main/busy resumed');
    expect(await programOf('busy')).toMatchObject({ ready: true, hostPid });
    await untilItUsesCpu('busy');
    expect(await eventReasons()).toEqual(expect.arrayContaining(['ProgramPaused', 'ProgramResumed']));
  });

  test('what is paused is shown as such, and a second time nothing changes', async () => {
    await start({ processes: [busy, aProgram('other')] });
    await ok('pause', 'web/main/busy');
    expect((await podctl('ps', 'web')).stdout).toMatch(/busy\s+PAUSED.*paused by request/);
    expect(await ok('pause', 'web/main/busy')).toBe('pod/web/main/busy unchanged');
    await ok('resume', 'web/main/busy');
    expect(await ok('unpause', 'web/main/busy')).toBe('pod/web/main/busy unchanged');
    await ok('pause', 'web/main/busy');
    expect(await ok('resume', 'web')).toBe('pod/web/main/busy resumed');
    expect(await ok('resume', 'web')).toBe('pod/web unchanged');
  });

  test('a paused container takes no exec, and its PID 1 does not wake up', async () => {
    await start({ processes: [busy, aProgram('other')] });
    const init = initPid(await pod());
    const switches = (): string | undefined =>
      /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readProc(init, 'status') ?? '')?.[1];
    expect(await ok('pause', 'web/main')).toBe('pod/web/main paused');
    const refused = await podctl('exec', 'web', '-c', 'main', '--', '/bin/true');
    expect(refused.stderr).toContain('the container is paused: podctl resume lets it go on');
    expect(refused.exitCode).toBe(126);
    await waitFor('nothing wakes it up', async () => {
      const before = switches();
      await pass(whileMs);
      return before !== undefined && switches() === before;
    });
    expect(await usage('busy')).toBe(0);
    expect(containerOf(await pod())).toMatchObject({ paused: true, ready: false });
    expect(containerOf(await pod(), 'side')).toMatchObject({ ready: true });
    const alone = await podctl('resume', 'web/main/busy');
    expect(alone.stderr).toContain('the container is paused: resume it first');
    expect(await ok('resume', 'web/main')).toBe('pod/web/main resumed');
    expect(await instance.exec('web', ['/bin/true'])).toMatchObject({ code: 0 });
    await untilItUsesCpu('busy');
    expect(await eventReasons()).toEqual(expect.arrayContaining(['Paused', 'Resumed']));
  });

  test('an exec session stands still with its container, and goes on', async () => {
    await start({ processes: [aProgram('other')] });
    const script = 'trap "exit 7" USR1; echo $$ > /tmp/session; while :; do sleep 0.01; done';
    const session = instance.exec('web', ['/bin/sh', '-c', script]);
    await waitFor(
      'the session runs',
      async () => (await instance.exec('web', ['/bin/cat', '/tmp/session'])).code === 0,
    );
    const { output } = await instance.exec('web', ['/bin/cat', '/tmp/session']);
    await ok('pause', 'web/main');
    await ok('resume', 'web/main');
    await instance.exec('web', ['/bin/kill', '-USR1', output]);
    expect(await session).toMatchObject({ code: 7 });
  });

  test('a paused pod says so everywhere, and stays so when podd is killed', async () => {
    await start({ command: ['/bin/sh', '-c', counting] });
    const init = initPid(await pod());
    expect((await ok('pause', 'web')).split('\n').sort()).toEqual(['pod/web/main paused', 'pod/web/side paused']);
    await instance.restartPodd();
    await instance.waitForPod('web', 'is paused', ({ status }) => status.reason === 'Paused');
    expect(await ok('get', 'pods')).toMatch(/web\s+0\/2\s+Paused/);
    expect(await ok('wait', '--for=paused', 'web', '--timeout', '30s')).toContain('condition met');
    expect(await ok('describe', 'pod', 'web')).toContain('Paused:');
    expect(await ok('why', 'web/main/main')).toContain('is PAUSED: paused by request');
    const { conditions } = (await pod()).status;
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'Paused' });
    expect(await usage('main')).toBe(0);
    await ok('resume', 'web');
    await instance.waitForPod('web', 'is ready', isReady);
    expect(initPid(await pod())).toBe(init);
    await untilItUsesCpu('main');
  });

  test('stop and restart end the pause of a program and of a container', async () => {
    await start({ processes: [busy, aProgram('other')] });
    await ok('pause', 'web/main/busy', 'web/main/other');
    expect(await ok('stop', 'web/main/busy')).toBe('pod/web/main/busy stopped');
    expect(await programOf('other')).toMatchObject({ paused: true });
    expect(await ok('restart', 'web/main/other')).toBe('pod/web/main/other restarted');
    expect((await programOf('other')).paused).toBeUndefined();
    await ok('start', 'web/main/busy');
    await ok('pause', 'web/main/busy');
    const { hostPid } = await programOf('busy');
    await ok('signal', 'KILL', 'web/main/busy');
    await waitFor('it runs again', async () => {
      const { state, hostPid: now } = await programOf('busy');
      return state === 'RUNNING' && now !== undefined && now !== hostPid;
    });
    await ok('pause', 'web/main');
    const init = initPid(await pod());
    expect(await ok('restart', 'web/main')).toBe('pod/web/main restarted');
    expect(initPid(await pod())).not.toBe(init);
    await ok('pause', 'web/main');
    expect(await ok('stop', 'web/main')).toBe('pod/web/main stopped');
    expect(podPids(await pod(), 'main')).toEqual([]);
  });

  test.each([
    ['in its grace', []],
    ['at once', ['--grace-period', '0']],
  ])('delete gets rid of a paused pod %s', async (_how, flags) => {
    const trapping = 'trap "" TERM; while :; do sleep 1000 & wait; done';
    await start({ processes: [busy, aProgram('deaf', { command: ['/bin/sh', '-c', trapping] })] });
    await ok('pause', 'web/main/busy');
    await ok('pause', 'web');
    await ok('delete', 'pod', 'web', ...flags);
    expect(await instance.getPod('web')).toBeUndefined();
  });

  test('a fork bomb stands still, and is deleted', async () => {
    const bomb = 'b() { b | b & }; while :; do b; /bin/true; done';
    const processes = [aProgram('bomb', { command: ['/bin/sh', '-c', bomb] })];
    const main = aContainer({ resources: { limits: { pids: 100 } }, processes });
    await instance.apply(aPod({ name: 'web', containers: [main] }));
    await instance.waitForPod('web', 'runs', isRunning);
    await waitFor('it forks', async () => podPids(await pod(), 'main', 'app').length > 20);
    expect(await ok('pause', 'web')).toBe('pod/web/main paused');
    const forks = podPids(await pod(), 'main', 'app');
    expect(await usage('bomb')).toBe(0);
    expect(podPids(await pod(), 'main', 'app')).toEqual(forks);
    await ok('delete', 'pod', 'web', '--grace-period', '0');
  });

  test('delete gets rid of a paused pod whose PID 1 was killed', async () => {
    await start({ processes: [busy] });
    const found = await pod();
    await ok('pause', 'web');
    process.kill(initPid(found), 'SIGKILL');
    await ok('delete', 'pod', 'web', '--grace-period', '0');
    expect(podPids(found)).toEqual([]);
  });

  test('a paused container whose PID 1 was killed ends, and runs anew', async () => {
    await start({ processes: [busy] });
    const init = initPid(await pod());
    await ok('pause', 'web/main');
    process.kill(init, 'SIGKILL');
    const again = await instance.waitForPod('web', 'runs anew', (now) => isReady(now) && initPid(now) !== init);
    expect(containerOf(again)).toMatchObject({ restartCount: 1 });
    expect(containerOf(again).paused).toBeUndefined();
  });

  test('a program that is killed from outside while it is paused starts again when it is resumed', async () => {
    await start({ processes: [busy, aProgram('other')] });
    await ok('pause', 'web/main');
    const { hostPid = 0 } = await programOf('busy');
    process.kill(hostPid, 'SIGKILL');
    await pass(whileMs);
    expect(await programOf('busy')).toMatchObject({ paused: true, restarts: 0 });
    await ok('resume', 'web/main');
    await waitFor('it runs again', async () => {
      const { state, restarts } = await programOf('busy');
      return state === 'RUNNING' && restarts === 1;
    });
  });

  test('a restart that comes due while it is paused waits for the end of the pause', async () => {
    const backoff = { initial: '1s', max: '1s' };
    const failing = aProgram('failing', {
      command: ['/bin/false'],
      restart: { policy: 'always', startSeconds: 0, startRetries: 1000, backoff },
    });
    await instance.apply(aPod({ name: 'web', containers: [aContainer({ processes: [aProgram('other'), failing] })] }));
    await instance.waitForPod('web', 'runs', isRunning);
    await waitFor('the pause finds it between two runs', async () => {
      await ok('pause', 'web/main/failing');
      if (['BACKOFF', 'WAITING'].includes((await programOf('failing')).state)) return true;
      await ok('resume', 'web/main/failing');
      return false;
    });
    await waitFor('it is due', async () => (await programOf('failing')).state === 'WAITING');
    const { restarts, message } = await programOf('failing');
    expect(message).toBe('paused; starts once it is resumed');
    await pass(whileMs);
    expect((await programOf('failing')).restarts).toBe(restarts);
    await ok('resume', 'web/main/failing');
    await waitFor('it is started again', async () => (await programOf('failing')).restarts > restarts);
  });

  test('a liveness probe does not end what stands still', async () => {
    const beating = 'while :; do date +%s%N > /tmp/beat.new; mv /tmp/beat.new /tmp/beat; sleep 0.05; done';
    const fresh = 'test $(( $(date +%s%N) - $(cat /tmp/beat) )) -lt 2000000000';
    const heart = aProgram('heart', {
      command: ['/bin/sh', '-c', beating],
      liveness: { exec: { command: ['/bin/sh', '-c', fresh] }, periodSeconds: 0.5, failureThreshold: 3 },
    });
    await start({ processes: [heart] });
    const { hostPid } = await programOf('heart');
    await ok('pause', 'web/main/heart');
    await pass(4000);
    await ok('resume', 'web/main/heart');
    await pass(1500);
    expect(await programOf('heart')).toMatchObject({ state: 'RUNNING', restarts: 0, hostPid });
  });

  test('a change of limits holds at once in a paused container, a change of its programs when it is resumed', async () => {
    const limited = (memory: string, ...args: readonly string[]) => ({
      resources: { limits: { memory } },
      processes: [aProgram('one', args.length === 0 ? {} : { command: ['/usr/bin/sleep', ...args] }), aProgram('two')],
    });
    await start(limited('128Mi'));
    const { hostPid } = await programOf('one');
    await ok('pause', 'web/main');
    await instance.apply(
      aPod({ name: 'web', containers: [aContainer(limited('96Mi', '999')), aContainer({ name: 'side' })] }),
    );
    await waitFor('the change is taken on', async () =>
      ((await programOf('one')).message ?? '').includes('spec changed'),
    );
    expect(await eventReasons()).toContain('Resized');
    expect(await programOf('one')).toMatchObject({ paused: true, hostPid });
    await ok('resume', 'web/main');
    await waitFor('it runs by its new spec', async () => {
      const { state, hostPid: now } = await programOf('one');
      return state === 'RUNNING' && now !== undefined && now !== hostPid;
    });
  });
});
