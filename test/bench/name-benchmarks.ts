/** What a name costs: podnet with 500 pods, its forwarding, and dnsmasq (Debian's dnsmasq-base) beside it in the same run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { PodnetBench, resolverAt } from '../support/podnet-driver.ts';
import { readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { privateMegabytes, report, sampled, timed } from './measure.ts';

const podnetAddress = '127.53.1.1';
const dnsmasqAddress = '127.53.1.2';
const pods = Array.from({ length: 500 }, (_, i) => ({
  namespace: 'default',
  name: `pod-${i}`,
  hostname: `pod-${i}`,
  addresses: { ipv4: `10.99.${i >> 8}.${i & 255}`, ipv6: `fd00:53::${i.toString(16)}` },
}));
const dns = { address: podnetAddress, domain: 'cluster.local', upstreams: [dnsmasqAddress], pods, services: [] };
const podName = 'pod-77.default.svc.cluster.local';
const outside = 'www.example.test';

/** Names of one question after another, of 32 at once, and what the process takes. */
export async function names(): Promise<void> {
  const bench = new PodnetBench();
  const dnsmasq = await startDnsmasq();
  try {
    const podnet = bench.client();
    report('podnet-start', 'ms', [
      await timed(async () => {
        podnet.want({ dns, proxies: [] });
        await podnet.settled();
      }),
    ]);
    const pid = podnet.pid() ?? 0;
    report('podnet-private-idle', 'MB', [privateMegabytes(pid)]);
    for (const [what, address, name] of [
      ['podnet', podnetAddress, podName],
      ['podnet-forwarded', podnetAddress, outside],
      ['dnsmasq', dnsmasqAddress, podName],
    ] as const) {
      report(`name-${what}`, 'µs', (await queries(address, name, 3_000, 1)).latencies);
      report(
        `names-${what}`,
        '1/s',
        await sampled(5, async () => (await queries(address, name, 10_000, 32)).perSecond),
      );
    }
    report('podnet-private', 'MB', [privateMegabytes(pid)]);
    report('podnet-resident', 'MB', [residentMegabytes(pid)]);
    report('dnsmasq-resident', 'MB', [residentMegabytes(dnsmasq.pid ?? 0)]);
    const resolver = resolverAt(podnetAddress);
    const change = (index: number): Promise<number> =>
      timed(async () => {
        const added = {
          ...pods[0],
          namespace: 'default',
          name: `new-${index}`,
          hostname: `new-${index}`,
          addresses: { ipv4: '10.99.9.9' },
        };
        podnet.want({ dns: { ...dns, pods: [...pods, added] }, proxies: [] });
        await waitFor('the new name', () => resolver.resolve4(`new-${index}`).then(Boolean, () => false), 10_000, 1);
      });
    report('name-change', 'ms', await sampled(30, change));
  } finally {
    dnsmasq.kill();
    await bench.stop();
  }
}

async function startDnsmasq(): Promise<ChildProcess> {
  const args = [
    '--keep-in-foreground',
    '--no-resolv',
    '--no-hosts',
    '--conf-file=/dev/null',
    '--bind-interfaces',
    '--user=root',
  ];
  const records = [`--address=/${outside}/192.0.2.80`, `--address=/${podName}/10.99.0.77`];
  const listen = [`--listen-address=${dnsmasqAddress}`, '--except-interface=none', '--pid-file='];
  const child = spawn('dnsmasq', [...args, ...listen, ...records], { stdio: 'inherit' });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`${error}: apt-get install dnsmasq-base`);
  });
  const answers = waitFor('dnsmasq answers', () =>
    resolverAt(dnsmasqAddress, 200)
      .resolve4(outside)
      .then(Boolean, () => false),
  );
  await Promise.race([answers, failed]);
  return child;
}

/** Microseconds of each, and how many a second, with so many waiting at any time. */
async function queries(
  address: string,
  name: string,
  count: number,
  atOnce: number,
): Promise<{ latencies: number[]; perSecond: number }> {
  const query = encode({ type: 'query', id: 0, flags: 0x100, questions: [{ type: 'A', name }] });
  const socket = createSocket('udp4');
  socket.connect(53, address);
  await once(socket, 'connect');
  const sentAt = new Map<number, number>();
  const latencies: number[] = [];
  let sent = 0;
  const send = (): void => {
    query.writeUInt16BE(sent & 0xffff, 0);
    sentAt.set(sent & 0xffff, performance.now());
    sent++;
    socket.send(Buffer.from(query));
  };
  const from = performance.now();
  await new Promise<void>((resolve, reject) => {
    const stuck = setTimeout(
      () => reject(new Error(`${address} left ${sentAt.size} of ${sent} without a reply`)),
      60_000,
    );
    socket.on('message', (reply) => {
      const id = reply.readUInt16BE(0);
      latencies.push((performance.now() - (sentAt.get(id) ?? Number.NaN)) * 1e3);
      sentAt.delete(id);
      if (reply.readUInt16BE(6) !== 1) reject(new Error(`${address} has no answer for ${name}`));
      if (sent < count) send();
      else if (sentAt.size === 0) {
        clearTimeout(stuck);
        resolve();
      }
    });
    for (let i = 0; i < atOnce; i++) send();
  });
  socket.close();
  return { latencies, perSecond: count / ((performance.now() - from) / 1e3) };
}

const residentMegabytes = (pid: number): number =>
  Number(readProc(pid, 'status')?.match(/^VmRSS:\s+(\d+)/m)?.[1] ?? Number.NaN) / 1024;
