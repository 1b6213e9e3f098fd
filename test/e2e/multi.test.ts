/** examples/multi.yaml: several programs in one container, with a real server from Debian. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProgramGroup, ProgramObject } from '../../src/protocol/api.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, initPid, isReady, lastExit } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const file = fileURLToPath(new URL('../../examples/multi.yaml', import.meta.url));
const hasRedis = existsSync('/usr/bin/redis-server');
if (!hasRedis) console.warn('examples/multi.yaml is not tried: redis-server is missing (apt-get install redis-server)');

describeReal('examples/multi.yaml', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const group = async (): Promise<ProgramGroup> => {
    const { body } = await instance.api('GET', '/apis/podctl.dev/v1/namespaces/default/programs?pod=multi');
    return (body as { items: ProgramGroup[] }).items[0] as ProgramGroup;
  };
  const program = async (label: string): Promise<ProgramObject> => {
    const found = (await group()).programs.find((one) => one.label === label);
    if (found === undefined) throw new Error(`no program ${label}`);
    return found;
  };
  const fetchInside = (path: string): Promise<string> =>
    instance.podctlOk([
      'exec',
      'multi',
      '--',
      'node',
      '-e',
      `fetch('http://127.0.0.1:8080${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`,
    ]);
  const pids = async (): Promise<Record<string, number | undefined>> =>
    Object.fromEntries((await group()).programs.filter((one) => !one.scheduled).map((one) => [one.label, one.hostPid]));

  describe.skipIf(!hasRedis)('with redis-server', () => {
    beforeAll(async () => {
      expect(await instance.podctlOk(['apply', '-f', file, '--wait'])).toMatch(/pod\/multi created/);
    });

    test('starts in the order of the dependencies, each when the one before is ready', async () => {
      const [redis, web, worker] = await Promise.all(['redis', 'web', 'worker:0'].map(program));
      expect([redis?.ready, web?.ready, worker?.ready]).toEqual([true, true, true]);
      expect(Date.parse(web?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(redis?.startedAt ?? ''));
      const why = await instance.podctlOk(['why', 'multi/app/web']);
      expect(why).toMatch(/redis/);
    });

    test('a request goes through the web program and redis to a worker', async () => {
      expect(await fetchInside('/')).toBe('hit 1');
      await waitFor('a worker did the job', async () =>
        /worker [01] did job-1/.test(await instance.podctlOk(['logs', 'multi/app/worker'])),
      );
    });

    test('the schedule reports, and the shipper ships, each line whole and with its name', async () => {
      await waitFor('the report came', async () =>
        (await instance.podctlOk(['logs', 'multi']))
          .split('\n')
          .some((line) => /^\[report\] hits so far: \d+$/.test(line)),
      );
      const shipped = await waitFor('the shipper wrote', async () =>
        (await instance.podctlOk(['logs', 'multi/app/shipper'])).split('\n').find((line) => line.includes('GET / 1')),
      );
      expect(JSON.parse(shipped)).toMatchObject({ program: 'shipper', stream: 'stdout', log: 'GET / 1' });
    });

    test('ps shows the tree', async () => {
      const shown = await instance.podctlOk(['ps', 'multi']);
      for (const label of ['redis', 'web', 'worker:0', 'worker:1', 'report', 'shipper']) expect(shown).toContain(label);
    });

    test.each(['redis', 'worker:0', 'worker:1', 'shipper'])('kill -9 of %s restarts only it', async (label) => {
      const before = await pids();
      const killed = before[label];
      if (killed === undefined) throw new Error(`${label} does not run`);
      process.kill(killed, 'SIGKILL');
      await waitFor(`${label} runs again`, async () => {
        const now = await program(label);
        return now.hostPid !== undefined && now.hostPid !== killed && now.ready;
      });
      expect({ ...(await pids()), [label]: 0 }).toEqual({ ...before, [label]: 0 });
      expect(containerOf(await instance.waitForPod('multi', 'is there', () => true), 'app').restartCount).toBe(0);
    });

    test('scale adds workers and takes them away, and leaves the others alone', async () => {
      const before = await pids();
      await instance.podctlOk(['scale', 'multi/app/worker=3']);
      await waitFor('worker:2 runs', async () => (await pids())['worker:2'] !== undefined);
      await instance.podctlOk(['scale', 'multi/app/worker=2']);
      await waitFor('worker:2 is gone', async () => !('worker:2' in (await pids())));
      expect(await pids()).toEqual(before);
    });

    test('restart of redis takes along what asked for it, and nothing else', async () => {
      const before = await pids();
      await instance.podctlOk(['restart', 'multi/app/redis']);
      const after = await waitFor('web runs anew', async () => {
        const now = await pids();
        return now.web !== undefined && now.web !== before.web && now;
      });
      expect({ ...after, redis: 0, web: 0 }).toEqual({ ...before, redis: 0, web: 0 });
    });

    test('the end of the essential program is the end of the container, with its code', async () => {
      const pod = await instance.waitForPod('multi', 'is ready', isReady);
      const init = initPid(pod, 'app');
      await waitFor('web is ready', async () => (await program('web')).ready);
      await fetchInside('/quit?code=7').catch(() => undefined);
      const ended = await instance.waitForPod(
        'multi',
        'was restarted',
        (seen) => containerOf(seen, 'app').restartCount > 0,
      );
      expect(lastExit(containerOf(ended, 'app'))).toMatchObject({ exitCode: 7, reason: 'Error' });
      expect(
        initPid(
          await instance.waitForPod('multi', 'runs', (seen) => 'running' in containerOf(seen, 'app').state),
          'app',
        ),
      ).not.toBe(init);
    });
  });
});
