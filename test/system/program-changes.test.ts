/** A changed file touches the programs that changed, and nothing else; what a user stopped stays stopped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import type { ApplyResponse, ApplyResult, ControlRequest, ProgramList, ProgramObject } from '../../src/protocol/api.ts';
import type { EventObject, PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isReady, podPids, waitingReason } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

type Fields = Readonly<Record<string, unknown>>;

describeReal('a changed program', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const manifest = (name: string, processes: readonly Fields[], fields: Fields = {}) =>
    aPod({ name, containers: [aContainer({ processes, ...fields })] });

  const apply = async (pod: Fields, options: Fields = {}): Promise<ApplyResult> => {
    const reply = await instance.api('POST', '/apis/podctl.dev/v1/apply', {
      manifests: [pod],
      dryRun: false,
      ...options,
    });
    const [result] = (reply.body as ApplyResponse).results ?? [];
    if (result === undefined) throw new Error(JSON.stringify(reply.body));
    return result;
  };

  const programs = async (pod: string): Promise<readonly ProgramObject[]> => {
    const reply = await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
    return (reply.body as ProgramList).items[0]?.programs ?? [];
  };

  const control = async (pod: string, request: ControlRequest) => {
    const reply = await instance.api('POST', `/apis/podctl.dev/v1/namespaces/default/pods/${pod}/control`, request);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body as { affected: string[] };
  };

  /** Host pids by label, once all that are to run do so under the newest generation. */
  const pidsOf = async (pod: string, labels: readonly string[]): Promise<Record<string, number>> => {
    let seen: readonly ProgramObject[] = [];
    await waitFor(`${pod} runs exactly ${labels.join(', ')}`, async () => {
      seen = await programs(pod);
      const running = seen.filter(({ state, hostPid }) => state === 'RUNNING' && hostPid !== undefined);
      return running.length === seen.length && seen.map(({ label }) => label).join() === labels.join();
    });
    return Object.fromEntries(seen.map(({ label, hostPid }) => [label, hostPid ?? 0]));
  };

  const started = async (
    name: string,
    processes: readonly Fields[],
    labels: readonly string[],
    fields: Fields = {},
  ) => {
    await apply(manifest(name, processes, fields));
    const pod = await instance.waitForPod(name, 'is ready', isReady);
    return { pod, init: initPid(pod), pids: await pidsOf(name, labels), id: containerOf(pod).containerID };
  };

  /** Whoever is called untouched is the very process it was; so are PID 1 and the container. */
  const expectOnlyTouched = async (
    before: Awaited<ReturnType<typeof started>>,
    pids: Record<string, number>,
    touched: string,
  ) => {
    const pod = await instance.getPod(before.pod.metadata.name);
    if (pod === undefined) throw new Error('the pod is gone');
    expect(containerOf(pod)).toMatchObject({ containerID: before.id, restartCount: 0 });
    expect(initPid(pod)).toBe(before.init);
    for (const [label, pid] of Object.entries(before.pids)) {
      if (pids[label] === undefined) continue;
      if (touched.split(' ').includes(label)) expect(pids[label], label).not.toBe(pid);
      else expect(pids[label], label).toBe(pid);
    }
  };

  const untilChanged = async (name: string, label: string, old: number | undefined): Promise<true> =>
    waitFor(`${name}/${label} is another process`, async () => {
      const program = (await programs(name)).find((candidate) => candidate.label === label);
      return program?.state === 'RUNNING' && program.hostPid !== undefined && program.hostPid !== old;
    });

  const sleeper = (seconds: string) => ({ command: ['/usr/bin/sleep', seconds] });
  const leafFile = (
    pod: PodObject,
    leaf: string,
    v1: [controller: 'memory' | 'pids' | 'cpu', file: string],
    v2: string,
  ) => {
    const layout = readCgroupLayout();
    const [pid = 0] = podPids(pod, 'main', 'app');
    const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .find((text) => layout.kind === 'v2' || text.split(':')[1] === v1[0]);
    const app = (line ?? '')
      .split(':')
      .slice(2)
      .join(':')
      .replace(/\/app\/[^/]*$/, '/app');
    const root = layout.kind === 'v2' ? (layout.v2Root ?? '') : (layout.v1[v1[0]] ?? '');
    return readFileSync(join(root, app, leaf, layout.kind === 'v2' ? v2 : v1[1]), 'utf8').trim();
  };

  test('restarts alone: its siblings and PID 1 are the same processes', async () => {
    const before = await started('edit', [aProgram('web'), aProgram('db'), aProgram('job')], ['web', 'db', 'job']);
    const result = await apply(manifest('edit', [aProgram('web', sleeper('2000')), aProgram('db'), aProgram('job')]));
    expect(result).toMatchObject({
      cost: 'restart-program',
      programs: [{ container: 'main', program: 'web', effect: 'restart', why: 'command' }],
    });
    // The container is the same and its other programs are ready all along: that web is another one is known by the generation.
    await instance.waitForPod(
      'edit',
      'has taken it on',
      ({ metadata, status }) => status.observedGeneration === metadata.generation,
    );
    const told = (await programs('edit')).find(({ label }) => label === 'web');
    expect(told?.state === 'RUNNING' && told.hostPid === before.pids.web).toBe(false);
    await untilChanged('edit', 'web', before.pids.web);
    await expectOnlyTouched(before, await pidsOf('edit', ['web', 'db', 'job']), 'web');
  });

  test('in its restart rules alone is not even restarted', async () => {
    const before = await started('rules', [aProgram('web'), aProgram('db')], ['web', 'db']);
    const result = await apply(
      manifest('rules', [aProgram('web', { restart: { startSeconds: 0, policy: 'always' } }), aProgram('db')]),
    );
    expect(result).toMatchObject({
      cost: 'in-place',
      programs: [{ program: 'web', effect: 'change', why: 'restart' }],
    });
    process.kill(before.pids.web ?? 0, 'SIGTERM'); // podinit knows the new rule: an end by TERM is restarted either way, by exit 0 only now
    await untilChanged('rules', 'web', before.pids.web);
    await expectOnlyTouched(before, await pidsOf('rules', ['web', 'db']), 'web');
  });

  test('that comes starts, one that goes ends with its leaf, the others stay', async () => {
    const before = await started('members', [aProgram('web'), aProgram('old')], ['web', 'old']);
    const result = await apply(manifest('members', [aProgram('web'), aProgram('new', { instances: 2 })]));
    expect(result.programs).toEqual([
      { container: 'main', program: 'new:0', effect: 'start', why: 'added' },
      { container: 'main', program: 'new:1', effect: 'start', why: 'added' },
      { container: 'main', program: 'old', effect: 'stop', why: 'removed' },
    ]);
    await expectOnlyTouched(before, await pidsOf('members', ['web', 'new:0', 'new:1']), '');
    expect(leafFile(before.pod, 'new:1', ['pids', 'pids.max'], 'pids.max')).toBe('max');
    await waitFor('the leaf of old is gone', () => {
      try {
        leafFile(before.pod, 'old', ['pids', 'pids.max'], 'pids.max');
        return false;
      } catch {
        return true;
      }
    });
  });

  test('gets its limits on its own leaf, at the start and in place', async () => {
    const limited = (memory: string, pids: number) => aProgram('web', { resources: { limits: { memory, pids } } });
    const before = await started('limits', [limited('64Mi', 20), aProgram('db')], ['web', 'db']);
    const memory = (leaf: string) => leafFile(before.pod, leaf, ['memory', 'memory.limit_in_bytes'], 'memory.max');
    const pids = (leaf: string) => leafFile(before.pod, leaf, ['pids', 'pids.max'], 'pids.max');
    expect([memory('web'), pids('web'), pids('db')]).toEqual(['67108864', '20', 'max']);
    const result = await apply(manifest('limits', [limited('96Mi', 30), aProgram('db')]));
    expect(result).toMatchObject({ cost: 'in-place', programs: [{ effect: 'change', why: 'resources' }] });
    await waitFor('the new limits are written', () => `${memory('web')} ${pids('web')}` === '100663296 30');
    await expectOnlyTouched(before, await pidsOf('limits', ['web', 'db']), '');
  });

  test('takes those with it that depend on it, where the manifest or the apply says so', async () => {
    const three = (seconds: string) => [
      aProgram('db', sleeper(seconds)),
      aProgram('web', { dependsOn: { db: { condition: 'started', cascade: true } } }),
      aProgram('log', { dependsOn: { web: 'started' } }),
    ];
    const labels = ['db', 'web', 'log'];
    const before = await started('cascade', three('1000'), labels);
    const result = await apply(manifest('cascade', three('1001')));
    expect(result.programs.map(({ program, effect, why }) => `${program} ${effect}: ${why}`)).toEqual([
      'db restart: command',
      'web restart: restarts with db',
    ]);
    await untilChanged('cascade', 'db', before.pids.db);
    await untilChanged('cascade', 'web', before.pids.web);
    const between = await pidsOf('cascade', labels);
    await expectOnlyTouched(before, between, 'db web');
    const asked = await apply(manifest('cascade', three('1002')), { cascade: true });
    expect(asked.programs.map(({ program }) => program)).toEqual(labels);
    await untilChanged('cascade', 'log', between.log);
  });

  test('of a dry run is only told of', async () => {
    const before = await started('dry', [aProgram('web')], ['web']);
    const result = await apply(manifest('dry', [aProgram('web', sleeper('7'))]), { dryRun: true });
    expect(result.programs).toMatchObject([{ program: 'web', effect: 'restart' }]);
    await expectOnlyTouched(before, await pidsOf('dry', ['web']), '');
  });

  test('outlives a podd that is killed at once: the next one finishes it, and finds no drift afterwards', async () => {
    const before = await started('killed', [aProgram('web'), aProgram('db')], ['web', 'db']);
    await apply(manifest('killed', [aProgram('web', sleeper('3000')), aProgram('db'), aProgram('more')]));
    await instance.restartPodd();
    await untilChanged('killed', 'web', before.pids.web);
    const after = await pidsOf('killed', ['web', 'db', 'more']);
    await expectOnlyTouched(before, after, 'web');
    await instance.restartPodd();
    await instance.waitForPod('killed', 'is ready again', isReady);
    await expectOnlyTouched({ ...before, pids: after }, await pidsOf('killed', ['web', 'db', 'more']), '');
    const events = (await instance.api('GET', '/api/v1/events')).body as { items: EventObject[] };
    const own = events.items.filter(({ involvedObject }) => involvedObject.name === 'killed');
    expect(own.filter(({ reason }) => reason === 'Updated' || reason === 'Failed')).toEqual([]);
  });

  test('scaled up and down keeps the instances that stay', async () => {
    const before = await started(
      'scale',
      [aProgram('web', { instances: 2 }), aProgram('db')],
      ['web:0', 'web:1', 'db'],
    );
    const scale = (instances: number) =>
      instance.api('POST', '/apis/podctl.dev/v1/namespaces/default/pods/scale/scale', {
        container: 'main',
        program: 'web',
        instances,
      });
    expect((await scale(4)).body).toMatchObject({ cost: 'in-place' });
    await expectOnlyTouched(before, await pidsOf('scale', ['web:0', 'web:1', 'web:2', 'web:3', 'db']), '');
    await scale(1);
    await expectOnlyTouched(before, await pidsOf('scale', ['web:0', 'db']), '');
    const pod = await instance.getPod('scale');
    expect(pod?.metadata.generation).toBe(3);
    expect(JSON.stringify(pod?.spec)).toContain('"instances":1');
    const wrong = await instance.api('POST', '/apis/podctl.dev/v1/namespaces/default/pods/scale/scale', {
      container: 'main',
      program: 'wbe',
      instances: 2,
    });
    expect(wrong.status).toBe(404);
  });

  test('is ready when it says so, and the pod tells which one is not and why', async () => {
    const failing = aProgram('bad', { command: ['/nowhere'], restart: { startSeconds: 0, startRetries: 0 } });
    await apply(manifest('unready', [aProgram('web'), failing, aProgram('job', { command: ['/usr/bin/true'] })]));
    const pod = await instance.waitForPod('unready', 'tells of bad', ({ status }) =>
      status.conditions.some(({ message = '' }) => message.includes('bad is FATAL')),
    );
    expect(containerOf(pod)).toMatchObject({ ready: false });
    expect(pod.status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: expect.stringMatching(/\[main\]; main: bad is FATAL \(.*\/nowhere/),
    });
    await apply(manifest('unready', [aProgram('web'), aProgram('job', { command: ['/usr/bin/true'] })]));
    // what podd wants is ready before PID 1 has told that bad is gone
    await instance.waitForPod('unready', 'is ready without it', (pod) => {
      const states = containerOf(pod).programs?.map(({ name, state }) => `${name} ${state}`);
      return isReady(pod) && states?.join() === 'web RUNNING,job EXITED';
    });
  });

  test('shows what the kernel counts of it', async () => {
    await started('count', [aProgram('web', { instances: 2 })], ['web:0', 'web:1']);
    for (const program of await programs('count')) {
      expect(program).toMatchObject({
        namespace: 'default',
        pod: 'count',
        container: 'main',
        processes: 1,
        ready: true,
      });
      expect(program.cpuMs).toBeGreaterThanOrEqual(0);
      expect(program.memoryBytes).toBeGreaterThan(0);
      expect(program.uptimeMs).toBeLessThan(60_000);
      expect(readFileSync(`/proc/${program.hostPid}/comm`, 'utf8').trim()).toBe('sleep');
    }
  });

  test('of a stopped pod stays stopped, over a restart of podd and a changed file, until the pod is started', async () => {
    await started('rest', [aProgram('web')], ['web']);
    expect(await control('rest', { verb: 'stop' })).toEqual({ affected: ['main'] });
    const stopped = await instance.waitForPod('rest', 'is stopped', ({ status }) => status.reason === 'Stopped');
    expect(stopped.status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Stopped',
    });
    expect(await control('rest', { verb: 'stop' })).toEqual({ affected: [] });
    await instance.restartPodd();
    expect((await instance.getPod('rest'))?.status.reason).toBe('Stopped');
    const result = await apply(manifest('rest', [aProgram('web', sleeper('5000'))]));
    expect(result).toMatchObject({ programs: [], warnings: [expect.stringContaining('podctl start rest')] });
    expect(podPids(stopped)).toEqual([]);
    expect(await control('rest', { verb: 'start' })).toEqual({ affected: ['main'] });
    const again = await instance.waitForPod('rest', 'runs again', isReady);
    expect(containerOf(again).restartCount).toBe(1);
    const { web } = await pidsOf('rest', ['web']);
    expect(readFileSync(`/proc/${web}/cmdline`, 'utf8')).toContain('5000');
  });

  test('of one container is none of the other: each is stopped, restarted and started by itself', async () => {
    const pod = aPod({ name: 'pair', containers: [aContainer({ name: 'a' }), aContainer({ name: 'b' })] });
    await apply(pod);
    const first = await instance.waitForPod('pair', 'is ready', isReady);
    expect(await control('pair', { verb: 'stop', container: 'a' })).toEqual({ affected: ['a'] });
    const stopped = await instance.waitForPod(
      'pair',
      'has a stopped',
      (seen) => 'terminated' in containerOf(seen, 'a').state,
    );
    expect(stopped.status).toMatchObject({ phase: 'Running' });
    expect(initPid(stopped, 'b')).toBe(initPid(first, 'b'));
    await control('pair', { verb: 'restart', container: 'b' });
    await instance.waitForPod(
      'pair',
      'restarted b',
      (seen) => containerOf(seen, 'b').restartCount === 1 && containerOf(seen, 'b').ready,
    );
    expect(await control('pair', { verb: 'start' })).toEqual({ affected: ['a'] });
    const last = await instance.waitForPod('pair', 'is ready again', isReady);
    expect(containerOf(last, 'a').restartCount).toBe(1);
  });

  test('of a container in back-off does not wait for a start by request', async () => {
    const crash = aContainer({ command: ['/bin/sh', '-c', 'exit 3'] });
    await apply(aPod({ name: 'crash', containers: [crash], backoff: { initial: '300s' } }));
    const reason = (pod: PodObject): string => waitingReason(containerOf(pod));
    await instance.waitForPod('crash', 'is in back-off', (pod) => reason(pod) === 'CrashLoopBackOff');
    expect(await control('crash', { verb: 'start' })).toEqual({ affected: ['main'] });
    await instance.waitForPod(
      'crash',
      'has tried again',
      ({ status }) => (status.containerStatuses[0]?.restartCount ?? 0) > 1,
    );
  });
});
