/** What podd counts and hears of a container: `podctl top`, /metrics, and the events of memory and CPU limits. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RatedUsage } from '../../src/cli/usage-rates.ts';
import type { EventObject } from '../../src/protocol/objects.ts';
import type { UsageList } from '../../src/protocol/usage.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, isRunning, lastExit } from '../support/pods.ts';
import { readPrometheusText } from '../support/prometheus-text.ts';
import { slowFactor } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';

const waitMs = 50_000 * slowFactor;

describeReal('usage', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const top = async (...args: readonly string[]): Promise<RatedUsage> =>
    JSON.parse(await instance.podctlOk(['top', ...args, '-o', 'json']));
  const usage = async (pod: string): Promise<UsageList> =>
    (await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/usage?pod=${pod}`)).body;
  const eventsOf = async (pod: string, reason: string): Promise<readonly EventObject[]> => {
    const { body } = await instance.api('GET', `/api/v1/events?fieldSelector=reason%3D${reason}`);
    return (body.items as EventObject[]).filter(({ involvedObject }) => involvedObject.name === pod);
  };
  const eventOf = (pod: string, reason: string, message: RegExp): Promise<EventObject> =>
    waitFor(
      `an event ${reason} of ${pod}`,
      async () => (await eventsOf(pod, reason)).find((event) => message.test(event.message)),
      waitMs,
    );
  const payload = (...mode: readonly string[]) => ({
    rootfs: { path: instance.payloadRoot() },
    command: ['/payload', ...mode],
  });

  describe('of busy programs', () => {
    beforeAll(async () => {
      const limited = aContainer({ name: 'limited', ...payload('burn'), resources: { limits: { cpu: '200m' } } });
      const programs = aContainer({
        name: 'programs',
        rootfs: { path: instance.payloadRoot() },
        processes: [
          aProgram('slow', { command: ['/payload', 'burn'], resources: { limits: { cpu: '300m' } } }),
          aProgram('eater', { command: ['/payload', 'eat', '20'] }),
        ],
      });
      await instance.apply(aPod({ name: 'busy', containers: [limited, programs] }));
      await instance.waitForPod('busy', 'runs', isRunning);
    });

    test('CPU and its throttling are told at each level', async () => {
      const look = async () => {
        const [pod] = (await top('busy')).items;
        const [limited, programs] = pod?.containers ?? [];
        const [slow, eater] = programs?.programs ?? [];
        return { pod: pod?.rates, limited: limited?.rates, slow: slow?.rates, eater: eater?.rates };
      };
      // A busy machine may give less than the limits allow, and then they hold less back; never more.
      const { pod, limited, slow } = await waitFor('both are held back, and the eater rests', async () => {
        const seen = await look();
        const isHeld = [seen.limited, seen.slow].every(
          (rates) => (rates?.throttledPercent ?? 0) > 0 && (rates?.cpuPercent ?? 0) > 5,
        );
        return isHeld && (seen.eater?.cpuPercent ?? 100) < 5 && seen;
      });
      expect(limited?.cpuPercent).toBeLessThan(26);
      expect(limited?.cpuLimitPercent).toBeCloseTo((limited?.cpuPercent ?? 0) * 5, 3);
      expect(slow?.cpuPercent).toBeLessThan(38);
      expect(pod?.cpuPercent).toBeGreaterThan(10);
    });

    test('memory is told of programs, with limits of what is around them', async () => {
      const [limited, programs, eater] = await waitFor('the eater is full', async () => {
        const [first, second] = (await usage('busy')).items[0]?.containers ?? [];
        const found = second?.programs.find(({ program }) => program === 'eater');
        return (found?.usage.workingSetBytes ?? 0) > 20 << 20 && ([first, second, found] as const);
      });
      expect(eater?.usage.workingSetBytes).toBeLessThan(30 << 20);
      expect(eater?.usage.pids).toBe(1);
      expect(programs?.usage.memoryBytes).toBeGreaterThanOrEqual(eater?.usage.memoryBytes ?? 0);
      expect(limited?.usage).toMatchObject({ cpuLimitMillis: 200, pids: 1, oomKills: 0 });
    });

    test('exec sessions are counted once there was one', async () => {
      const names = async () => (await usage('busy')).items[0]?.containers[1]?.programs.map(({ program }) => program);
      expect(await names()).toEqual(['slow', 'eater']);
      await instance.exec('busy', ['/payload', 'exit', '0'], 'programs');
      expect(await names()).toEqual(['slow', 'eater', '(exec)']);
    });

    test('/metrics agrees', async () => {
      const { body } = await instance.api('GET', '/metrics');
      const families = readPrometheusText(body);
      const of = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
        families
          .get(name)
          ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
          ?.value;
      expect(of('container_cpu_usage_seconds_total', { container: 'limited' })).toBeGreaterThan(0.1);
      expect(of('container_spec_cpu_quota', { container: 'limited' })).toBe(20_000);
      expect(of('container_cpu_cfs_throttled_periods_total', { container: 'limited' })).toBeGreaterThan(1);
      expect(of('podctl_program_memory_working_set_bytes', { program: 'eater' })).toBeGreaterThan(20 << 20);
      expect(of('podctl_actions_total', { action: 'startContainer' })).toBe(2);
    });

    test('the table shows them as a tree', async () => {
      const text = await instance.podctlOk(['top', 'busy']);
      expect(text.split('\n').map((line) => line.trim().split(/\s+/)[0])).toEqual([
        ...['NAME', 'busy', 'limited', 'programs', 'slow', 'eater', '(exec)'],
      ]);
    });

    test.skipIf(!hasCpuBell())('much throttling is an event', async () => {
      const event = await eventOf('busy', 'CPUThrottling', /of 200m holds container limited back in about \d+ %/);
      expect(event).toMatchObject({ type: 'Warning', count: 1 });
    });
  });

  describe('out of memory', () => {
    const limits = { limits: { memory: '32Mi' } };

    test('a killed child is told, though its program lives on', async () => {
      const command = ['/bin/sh', '-c', 'sleep 0.2; tail /dev/zero; exec sleep 1000'];
      await instance.apply(aPod({ name: 'child', containers: [aContainer({ command, resources: limits })] }));
      const event = await eventOf('child', 'OOMKilling', /the kernel killed a process( \(tail\))? in container main$/);
      expect(event.type).toBe('Warning');
      const pod = await instance.waitForPod('child', 'runs', isRunning);
      expect(containerOf(pod).restartCount).toBe(0);
      expect((await usage('child')).items[0]?.containers[0]?.usage.oomKills).toBe(1);
    });

    test('a program that is killed by others afterwards is not taken for out of memory', async () => {
      await delay(400 * slowFactor);
      await instance.podctlOk(['signal', 'KILL', 'child/main/main']);
      const pod = await instance.waitForPod('child', 'was restarted', (seen) => containerOf(seen).restartCount === 1);
      expect(lastExit(containerOf(pod))).toMatchObject({ exitCode: 137, reason: 'Error' });
    });

    test('a program with a limit of its own is named', async () => {
      const processes = [
        aProgram('idle', { command: ['/payload', 'wait'] }),
        aProgram('eater', { command: ['/payload', 'eat', '100'], resources: limits, restart: { policy: 'never' } }),
      ];
      const container = aContainer({ rootfs: { path: instance.payloadRoot() }, processes });
      await instance.apply(aPod({ name: 'program', containers: [container] }));
      await eventOf('program', 'OOMKilling', /killed a process( \(payload\))? of program eater in container main$/);
      expect(await eventsOf('program', 'OOMKilling')).toMatchObject([{ count: 1 }]);
    });

    test('a container that ends by it is told too, once', async () => {
      const container = aContainer({ ...payload('eat', '100'), resources: limits });
      await instance.apply(aPod({ name: 'whole', restartPolicy: 'Never', containers: [container] }));
      const pod = await instance.waitForPod('whole', 'has failed', ({ status }) => status.phase === 'Failed');
      expect(lastExit(containerOf(pod))).toMatchObject({ reason: 'OOMKilled' });
      expect(await eventsOf('whole', 'OOMKilling')).toMatchObject([{ count: 1 }]);
      expect(await eventsOf('whole', 'Exited')).toMatchObject([{ message: expect.stringContaining('(OOMKilled)') }]);
    });

    test('what happens while podd is away is told by the next one, what was told is not', async () => {
      const command = ['/bin/sh', '-c', "trap 'tail /dev/zero' USR1; echo set; while :; do sleep 0.1; done"];
      await instance.apply(aPod({ name: 'away', containers: [aContainer({ command, resources: limits })] }));
      const { uid } = (await instance.waitForPod('away', 'runs', isRunning)).metadata;
      await waitFor('the trap is set', async () => (await instance.logs('away')).includes('set'));
      const [program] = (await instance.podctlOk(['ps', 'away', '-o', 'json']).then(JSON.parse)).items[0].programs;
      const eat = async (times: number) => {
        process.kill(program.hostPid, 'SIGUSR1');
        await waitFor(
          `${times} kills`,
          () => killsOf(instance.mark().cgroupName ?? '', `${uid}/main/app/main`) === times,
          waitMs,
        );
      };
      await instance.killPodd();
      await eat(1);
      await instance.startPodd();
      await eventOf('away', 'OOMKilling', /killed a process in container main$/);
      await instance.restartPodd();
      await instance.waitForPod('away', 'runs', isRunning);
      await eat(2);
      await eventOf('away', 'OOMKilling', /killed a process( \(tail\))? in container main$/);
      expect(await eventsOf('away', 'OOMKilling')).toMatchObject([{ count: 1 }]);
    });
  });
});

/** The kernel's own count of a leaf. */
function killsOf(cgroupName: string, leaf: string): number {
  const names = ['memory.oom_control', 'memory.events'];
  const files = cgroupDirs(cgroupName).flatMap((dir) => names.map((name) => `${dir}/${leaf}/${name}`));
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  return Number(/^oom_kill (\d+)$/m.exec(texts.join('\n'))?.[1]);
}

/** PSI triggers of cgroups: v2 alone. */
function hasCpuBell(): boolean {
  return process.env.PODCTL_TEST_IN_VM !== undefined;
}
