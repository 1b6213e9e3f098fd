/** Several programs under the PID 1 of a container: order, restarts, stops, limits, updates; through the whole product. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramState } from '../../src/protocol/init.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, initPid, lastExit, podPids } from '../support/pods.ts';
import { innerPid, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

type Fields = Readonly<Record<string, unknown>>;

describeReal('programs of a container', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** A program of the test payload: RUNNING at once, restarted at once. */
  const payload = (name: string, mode: readonly string[], more: Fields = {}): Fields => ({
    ...{ name, command: ['/payload', ...mode], restart: { startSeconds: 0 } },
    ...more,
  });
  const podOf = (name: string, processes: readonly Fields[], container: Fields = {}) =>
    aPod({ name, containers: [aContainer({ rootfs: { path: instance.payloadRoot() }, processes, ...container })] });
  const apply = (name: string, processes: readonly Fields[], container: Fields = {}): Promise<void> =>
    instance.apply(podOf(name, processes, container));

  const programsOf = async (pod: string): Promise<readonly ProgramState[]> => {
    const found = await instance.getPod(pod);
    return found?.status.containerStatuses[0]?.programs ?? [];
  };
  /** Follows the watch until the program is as wanted. */
  const until = async (pod: string, label: string, what: string, isWanted: (program: ProgramState) => boolean) => {
    let last: ProgramState | undefined;
    await instance.waitForPod(pod, `has ${label} that ${what}`, ({ status }) => {
      last = status.containerStatuses[0]?.programs?.find((program) => program.label === label);
      return last !== undefined && isWanted(last);
    });
    return last as ProgramState;
  };
  const runs = (pod: string, label: string) =>
    until(pod, label, 'runs and is ready', ({ state, ready }) => state === 'RUNNING' && ready);
  /** Its pid on the host. */
  const hostPid = async (pod: string, label: string): Promise<number> => {
    const object = await instance.getPod(pod);
    const inner = (await programsOf(pod)).find((program) => program.label === label)?.pid;
    const found = object && podPids(object, 'main', 'app').find((pid) => innerPid(pid) === inner);
    if (found === undefined) throw new Error(`program ${label} of ${pod} has no process`);
    return found;
  };
  const control = async (pod: string, verb: string, program: string, more: Fields = {}) => {
    const path = `/apis/podctl.dev/v1/namespaces/default/pods/${pod}/control`;
    const reply = await instance.api('POST', path, { verb, container: 'main', targets: [{ program }], ...more });
    if (reply.status !== 200) throw new Error(`${verb} ${pod}/${program}: ${JSON.stringify(reply.body)}`);
    return reply.body as { affected: string[] };
  };
  const logs = async (pod: string, program: string): Promise<string> => {
    const path = `/api/v1/namespaces/default/pods/${pod}/log?container=main&program=${program}&prefix=never`;
    const reply = await instance.api('GET', path);
    return reply.status === 200 ? String(reply.body) : '';
  };
  const says = (pod: string, program: string, text: string): Promise<string> =>
    waitFor(`${pod}/${program} says ${text}`, async () => {
      const said = await logs(pod, program);
      return said.includes(text) ? said : undefined;
    });

  test('start in the order of their dependencies, each when the other is ready', async () => {
    await apply('order', [
      payload('last', ['stamp'], { dependsOn: { middle: 'ready', job: 'succeeded' } }),
      payload('middle', ['notify', '50'], { dependsOn: { first: 'started' }, readiness: { notify: true } }),
      payload('job', ['stamp', '0'], { restart: { policy: 'never', startSeconds: 0 } }),
      payload('first', ['stamp']),
    ]);
    await runs('order', 'last');
    const startedAt = new Map((await programsOf('order')).map(({ label, startedAt: at }) => [label, at ?? '']));
    expect([...startedAt].sort(([, a], [, b]) => (a < b ? -1 : 1)).at(-1)?.[0]).toBe('last');
    expect((startedAt.get('middle') ?? '') >= (startedAt.get('first') ?? '~')).toBe(true);
    const wait = Date.parse(startedAt.get('last') ?? '') - Date.parse(startedAt.get('middle') ?? '');
    expect(wait).toBeGreaterThanOrEqual(49);
    await instance.deletePod('order');
  });

  test('kill -9 of one restarts only that one, and PID 1 stays', async () => {
    await apply(
      'alone',
      ['a', 'b', 'c'].map((name) => payload(name, ['stamp'])),
    );
    for (const label of ['a', 'b', 'c']) await runs('alone', label);
    const pod = await instance.getPod('alone');
    const before = { a: await hostPid('alone', 'a'), c: await hostPid('alone', 'c'), init: pod && initPid(pod) };
    await says('alone', 'b', 'stamp');
    const killedAt = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    process.kill(await hostPid('alone', 'b'), 'SIGKILL');
    const b = await until(
      'alone',
      'b',
      'has restarted',
      ({ restarts, state }) => restarts === 1 && state === 'RUNNING',
    );
    expect(b.lastExit).toMatchObject({ exitCode: 137, signal: 9 });
    expect({ a: await hostPid('alone', 'a'), c: await hostPid('alone', 'c'), init: pod && initPid(pod) }).toEqual(
      before,
    );
    expect(containerOf((await instance.getPod('alone')) as never).restartCount).toBe(0);
    const stamps = await waitFor('the second stamp', async () => {
      const all = [...(await logs('alone', 'b')).matchAll(/^stamp (\d+)$/gm)].map(([, stamp]) => BigInt(stamp ?? 0));
      return all.length === 2 ? all : undefined;
    });
    const delayMs = Number((stamps[1] ?? 0n) - killedAt) / 1e6;
    console.log(
      `kill -9 to the new program's first instruction, looking its pid up included: ${delayMs.toFixed(1)} ms`,
    );
    expect(delayMs).toBeLessThan(5_000);
    await instance.deletePod('alone');
  });

  test('what double-forked and left its session is gone before the restart', async () => {
    await apply('tree', [payload('tree', ['setsid-tree', '5']), payload('b', ['sleep'])]);
    await says('tree', 'tree', 'tree 5');
    const pod = (await instance.getPod('tree')) as never;
    const b = await hostPid('tree', 'b');
    const old = podPids(pod, 'main', 'app').filter((pid) => pid !== b);
    expect(old).toHaveLength(6);
    process.kill(await hostPid('tree', 'tree'), 'SIGKILL');
    await until('tree', 'tree', 'has restarted', ({ restarts }) => restarts === 1);
    expect(podPids(pod, 'main', 'app').filter((pid) => old.includes(pid))).toEqual([]);
    await instance.deletePod('tree', 0);
  });

  test('one that ignores TERM is killed after its own grace, one that stopped itself is woken', async () => {
    await apply('stop', [
      payload('deaf', ['ignore-term'], { stop: { graceSeconds: '300ms' } }),
      payload('stopped', ['stop-self']),
    ]);
    await says('stop', 'deaf', 'ignoring');
    await says('stop', 'stopped', 'stopping myself');
    expect(await control('stop', 'stop', 'deaf')).toEqual({ affected: ['main/deaf'] });
    await control('stop', 'stop', 'stopped');
    const deaf = await until('stop', 'deaf', 'is stopped', ({ state }) => state === 'STOPPED');
    expect(deaf.lastExit).toMatchObject({ signal: 9 });
    const stopped = await until('stop', 'stopped', 'is stopped', ({ state }) => state === 'STOPPED');
    expect(stopped.lastExit).toMatchObject({ signal: 15 });
    expect(await control('stop', 'start', 'deaf')).toEqual({ affected: ['main/deaf'] });
    await runs('stop', 'deaf');
    await instance.deletePod('stop', 0);
  });

  test('one that cannot be exec’d backs off, becomes FATAL and says why; its siblings run', async () => {
    const backoff = { initial: '20ms', max: '20ms' };
    await apply('fatal', [
      { name: 'x', command: ['/no/such/program'], restart: { startSeconds: '50ms', startRetries: 2, backoff } },
      payload('y', ['sleep']),
    ]);
    const x = await until('fatal', 'x', 'is FATAL', ({ state }) => state === 'FATAL');
    expect(x.message).toContain('exec /no/such/program: not found');
    await runs('fatal', 'y');
    await instance.deletePod('fatal', 0);
  });

  test('the essential one ends the container with its code', async () => {
    const processes = [
      payload('main', ['exit', '7'], { essential: true, restart: { policy: 'never', startSeconds: 0 } }),
      payload('b', ['sleep']),
    ];
    await instance.apply({
      ...podOf('essential', processes),
      spec: {
        restartPolicy: 'Never',
        containers: [aContainer({ rootfs: { path: instance.payloadRoot() }, processes })],
      },
    });
    const pod = await instance.waitForPod('essential', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(lastExit(containerOf(pod))).toMatchObject({ exitCode: 7, reason: 'Error' });
    await instance.deletePod('essential');
  });

  test('identity and limits are each program’s own', async () => {
    await apply('limits', [
      payload('me', ['limits', 'stay'], {
        ...{ user: '1234:2345', supplementaryGroups: [4, 27], umask: '0027', nice: 5, oomScoreAdj: 600 },
        ...{ capabilities: ['NET_BIND_SERVICE'], rlimits: { nofile: 256, core: 0, nproc: { soft: 100, hard: 200 } } },
        env: [{ name: 'GREETING', value: 'hello' }],
      }),
      payload('plain', ['limits', 'stay'], { instances: 2 }),
    ]);
    const said = await says('limits', 'me', 'end\n');
    for (const line of [
      /^nice 5$/m,
      /^oom 600$/m,
      /^limit Max open files +256 +256 /m,
      /^limit Max core file size +0 +0 /m,
      /^limit Max processes +100 +200 /m,
      /^status Uid:\t1234\t1234\t1234\t1234$/m,
      /^status Gid:\t2345\t2345\t2345\t2345$/m,
      /^status Groups:\t4 27 ?$/m,
      /^status Umask:\t0027$/m,
      /^status CapEff:\t0000000000000400$/m,
      /^status CapAmb:\t0000000000000400$/m,
      /^status CapBnd:\t0000000000000400$/m,
      /^env GREETING=hello$/m,
      /^env INSTANCE=0$/m,
    ]) {
      expect(said).toMatch(line);
    }
    const plain = await says('limits', 'plain:1', 'end\n');
    expect(plain).toMatch(/^env INSTANCE=1$/m);
    expect(plain).toMatch(/^status Uid:\t0\t0\t0\t0$/m);
    expect(plain).toMatch(/^status CapAmb:\t0000000000000000$/m);
    await instance.deletePod('limits', 0);
  });

  test('an fd with a newline makes ready', async () => {
    await apply('fd', [
      payload('s6', ['notify-fd', '4', '50'], { readiness: { notifyFd: 4 } }),
      payload('after', ['sleep'], { dependsOn: { s6: 'ready' } }),
    ]);
    await runs('fd', 'after');
    await instance.deletePod('fd', 0);
  });

  test('an update touches what it changes and nothing else', async () => {
    await apply('update', [payload('keep', ['sleep']), payload('change', ['sleep']), payload('remove', ['sleep'])]);
    for (const label of ['keep', 'change', 'remove']) await runs('update', label);
    const pod = await instance.getPod('update');
    const init = pod && initPid(pod);
    const [keep, change] = [await hostPid('update', 'keep'), await hostPid('update', 'change')];
    await apply('update', [
      payload('keep', ['sleep']),
      payload('change', ['sleep', '99999999']),
      payload('add', ['sleep']),
    ]);
    await runs('update', 'add');
    await until('update', 'change', 'has restarted', ({ restarts, state }) => restarts === 1 && state === 'RUNNING');
    await instance.waitForPod('update', 'has no remove any more', ({ status }) =>
      (status.containerStatuses[0]?.programs ?? []).every(({ label }) => label !== 'remove'),
    );
    expect(await hostPid('update', 'keep')).toBe(keep);
    expect(await hostPid('update', 'change')).not.toBe(change);
    expect(pod && initPid(pod)).toBe(init);
    expect((await programsOf('update')).map(({ label }) => label)).toEqual(['keep', 'change', 'add']);
    await instance.deletePod('update', 0);
  });

  test('one over its own memory limit is restarted alone, and it shows why', async () => {
    await apply('oom', [
      payload('eater', ['eat', '200'], { resources: { limits: { memory: '32Mi' } } }),
      payload('b', ['sleep']),
    ]);
    await runs('oom', 'b');
    const b = await hostPid('oom', 'b');
    const eater = await until('oom', 'eater', 'has restarted', ({ restarts }) => restarts >= 1);
    expect(eater.lastExit).toMatchObject({ exitCode: 137, oomKilled: true });
    expect(await hostPid('oom', 'b')).toBe(b);
    await instance.deletePod('oom', 0);
  });

  test('500 programs start and stop in one container', async () => {
    const startedMs = performance.now();
    await apply('many', [payload('w', ['sleep'], { instances: 500 })]);
    const areUp = (programs: readonly ProgramState[] = []): boolean =>
      programs.length === 500 && programs.every(({ state }) => state === 'RUNNING');
    const pod = await instance.waitForPod(
      'many',
      'runs all 500',
      ({ status }) => areUp(status.containerStatuses[0]?.programs),
      60_000,
    );
    const ranMs = performance.now() - startedMs;
    const rss = /^RssAnon:\s+(\d+)/m.exec(readProc(initPid(pod), 'status') ?? '')?.[1];
    const stoppingMs = performance.now();
    await instance.deletePod('many');
    console.log(
      `500 programs in one container: run after ${ranMs.toFixed(0)} ms, gone after ${(performance.now() - stoppingMs).toFixed(0)} ms; anonymous memory of PID 1 ${rss} kB`,
    );
    expect(podPids(pod)).toEqual([]);
  }, 300_000);
});
