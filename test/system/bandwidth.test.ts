/** Kubernetes' bandwidth annotations, measured by iperf3 between this machine and a pod. */
import { execFileSync } from 'node:child_process';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventList } from '../../src/protocol/objects.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, initPid, isReady } from '../support/pods.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';
import { whyNoTools } from '../support/why-no-tools.ts';

const isSkipped = whyNoRealKernel() !== undefined || whyNoTools('iperf3', 'ip') !== undefined;

/** Whether this kernel has sch_tbf. */
function hasTokenBucket(): boolean {
  try {
    const limit = [
      'tc',
      'qdisc',
      'add',
      'dev',
      'lo',
      'root',
      'tbf',
      'rate',
      '1mbit',
      'burst',
      '10kb',
      'latency',
      '50ms',
    ];
    execFileSync('unshare', ['-n', ...limit], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const aPod = (ingress?: string, egress?: string) => ({
  apiVersion: 'podctl.dev/v1',
  kind: 'Pod',
  metadata: {
    name: 'pipe',
    annotations: {
      ...(ingress === undefined ? {} : { 'kubernetes.io/ingress-bandwidth': ingress }),
      ...(egress === undefined ? {} : { 'kubernetes.io/egress-bandwidth': egress }),
    },
  },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'host',
        processes: [
          {
            name: 'server',
            command: ['iperf3', '-s'],
            readiness: { tcpSocket: { host: '127.0.0.1', port: 5201 }, periodSeconds: 1 },
          },
        ],
      },
    ],
  },
});

describe.skipIf(isSkipped)('bandwidth', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const pod = () => instance.waitForPod('pipe', 'is ready', isReady);

  /** Megabits a second that arrive, over three seconds. */
  async function measure(direction: 'ingress' | 'egress'): Promise<number> {
    const { podIP = '' } = (await pod()).status;
    const args = ['-c', podIP, '-t', '3', '-J', ...(direction === 'egress' ? ['-R'] : [])];
    const { stdout } = await execa('iperf3', args);
    return JSON.parse(stdout).end.sum_received.bits_per_second / 1e6;
  }

  /** Of one direction: never more than a tenth above the limit; less only where a busy machine gives less, not again and again. */
  async function measureLimited(direction: 'ingress' | 'egress', megabits: number): Promise<void> {
    const rates: number[] = [];
    while (rates.length < 5) {
      const rate = await measure(direction);
      expect(rate, direction).toBeLessThan(megabits * 1.1);
      if (rate > megabits * 0.9) return;
      rates.push(rate);
    }
    throw new Error(`${direction}: ${megabits} Mbit/s were never reached: ${rates.join(', ')}`);
  }

  const events = async (): Promise<readonly string[]> => {
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/events');
    return (body as EventList).items.map(({ reason, message }) => `${reason}: ${message}`);
  };

  /** `tc qdisc show` at both ends. */
  async function queues(): Promise<{ host: string; pod: string }> {
    const seen = await pod();
    const show = (...inside: readonly string[]): string =>
      execFileSync('sh', ['-c', [...inside, 'tc qdisc show'].join(' ')], { encoding: 'utf8' });
    const link = hostLink(seen.status.podIP ?? '');
    return {
      host: show()
        .split('\n')
        .filter((line) => line.includes(link))
        .join('\n'),
      pod: show('nsenter', `-n -t ${initPid(seen)}`),
    };
  }

  const hostLink = (address: string): string => {
    const [, link = ''] = / dev (\S+)/.exec(execFileSync('ip', ['route', 'get', address], { encoding: 'utf8' })) ?? [];
    return link;
  };

  describe.skipIf(!hasTokenBucket())('where the kernel has token buckets', () => {
    test('20 Mbit/s are held in both directions within 10 %', async () => {
      await instance.apply(aPod('20M', '20M'));
      await pod();
      for (const direction of ['ingress', 'egress'] as const) await measureLimited(direction, 20);
      expect((await events()).filter((text) => /^(Resized|BandwidthUnlimited)/.test(text))).toEqual([]);
    });

    test('50 Mbit/s are taken over while it runs', async () => {
      const { stdout } = await instance.podctl(['diff', '-f', '-'], { stdin: JSON.stringify(aPod('50M', '20M')) });
      expect(stdout).toContain("the pod's link is limited anew while it runs");
      await instance.apply(aPod('50M', '20M'));
      await waitFor('the limit is changed', async () => (await queues()).host.includes('rate 50Mbit'));
      await measureLimited('ingress', 50);
      expect((await queues()).pod).toContain('rate 20Mbit');
      expect(containerOf(await pod()).restartCount).toBe(0);
    });

    test('what somebody takes away or changes is put back', async () => {
      const seen = await pod();
      const link = hostLink(seen.status.podIP ?? '');
      execFileSync('tc', ['qdisc', 'del', 'dev', link, 'root']);
      await waitFor('the machine’s end is limited again', async () => (await queues()).host.includes('rate 50Mbit'));
      const inside = ['nsenter', '-n', '-t', String(initPid(seen)), 'tc', 'qdisc'].join(' ');
      execFileSync('sh', [
        '-c',
        `${inside} replace dev eth0 root handle 7063: tbf rate 1gbit burst 100kb latency 50ms`,
      ]);
      await waitFor('the pod’s end is limited again', async () => (await queues()).pod.includes('rate 20Mbit'));
      execFileSync('sh', ['-c', `${inside} del dev eth0 root`]);
      await waitFor('the pod’s end is limited again', async () => (await queues()).pod.includes('rate 20Mbit'));
    });

    test('a change that podd was killed before is made by the next one', async () => {
      const link = hostLink((await pod()).status.podIP ?? '');
      await instance.killPodd();
      execFileSync('tc', ['qdisc', 'del', 'dev', link, 'root']);
      await instance.startPodd();
      await waitFor('it is limited again', async () => (await queues()).host.includes('rate 50Mbit'));
    });

    test('without annotations it is unlimited again, and a queue of somebody else stays', async () => {
      await instance.apply(aPod());
      await waitFor('the limits are gone', async () => !JSON.stringify(await queues()).includes('tbf'));
      expect(await measure('ingress')).toBeGreaterThan(100);
      const link = hostLink((await pod()).status.podIP ?? '');
      execFileSync('tc', [
        'qdisc',
        'add',
        'dev',
        link,
        'root',
        'tbf',
        'rate',
        '1gbit',
        'burst',
        '1mb',
        'latency',
        '50ms',
      ]);
      await instance.restartPodd();
      expect((await queues()).host).toContain('tbf');
      expect(containerOf(await pod()).restartCount).toBe(0);
    });

    test('a restart of the pod’s containers keeps the limit, and a new pod begins with it', async () => {
      await instance.deletePod('pipe', 0);
      await instance.apply(aPod('20M', '30M'));
      const first = await pod();
      process.kill(initPid(first), 'SIGKILL');
      await instance.waitForPod('pipe', 'is ready again', (now) => containerOf(now).restartCount === 1 && isReady(now));
      const { host, pod: inside } = await queues();
      expect([host.includes('rate 20Mbit'), inside.includes('rate 30Mbit')]).toEqual([true, true]);
    });
  });

  test.skipIf(hasTokenBucket())('a kernel without them is told of, and the pod runs', async () => {
    await instance.apply(aPod('20M', '20M'));
    await pod();
    await waitFor('it is told', async () => (await events()).some((text) => text.startsWith('BandwidthUnlimited: ')));
    expect(await measure('ingress')).toBeGreaterThan(25);
  });
});
