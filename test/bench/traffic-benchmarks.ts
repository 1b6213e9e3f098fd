/**
 * Traffic on each way to a pod beside a bare pair of veth links, in turn in the same run. Clients run on the first CPU and servers on
 * the second: where the scheduler puts both makes a larger difference than any way. What a CPU second moves is told too: on a busy
 * machine it says more than what a second moves.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Instance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { linkNamespaces, type NetworkNamespace, namespaceOf, openNamespace } from '../support/network-namespace.ts';
import { payloadBinary } from '../support/payload.ts';
import { initPid, isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';
import { whyNoTools } from '../support/why-no-tools.ts';
import { report } from './measure.ts';

const bulkPort = 5201;
const echoPort = 5207;
const hostBulkPort = 25_201;
const hostEchoPort = 25_207;
const rounds = 9;
const secondsPerRound = 1;
const roundTrips = 4_000;

/** From a client's namespace to an address where a server listens. */
interface Path {
  readonly name: string;
  readonly client: Omit<NetworkNamespace, 'close'>;
  readonly address: string;
  readonly bulkPort: number;
  readonly echoPort: number;
}

/** Bulk TCP (iperf3, one stream) and round trips of one byte. */
export async function networkTraffic(instance: Instance): Promise<void> {
  const reason = whyNoTools('iperf3', 'ip');
  if (reason !== undefined) throw new Error(reason);
  const [left, right] = [await openNamespace(), await openNamespace()];
  const servers: ChildProcess[] = [];
  try {
    await linkNamespaces(
      { pid: left.pid, addresses: ['192.168.7.1/24'] },
      { pid: right.pid, addresses: ['192.168.7.2/24'] },
    );
    const { server, paths } = await pathsToPod(instance);
    servers.push(...serve(right), ...serve(server));
    await measure([{ name: 'bare-pair', client: left, address: '192.168.7.2', bulkPort, echoPort }, ...paths]);
  } finally {
    await Promise.all(servers.map(end));
    await Promise.all([left.close(), right.close()]);
  }
}

async function pathsToPod(instance: Instance) {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'server' },
    spec: {
      selector: { app: 'server' },
      ports: [
        { name: 'bulk', port: bulkPort },
        { name: 'echo', port: echoPort },
      ],
    },
  };
  const ports = [
    { containerPort: bulkPort, hostPort: hostBulkPort },
    { containerPort: echoPort, hostPort: hostEchoPort },
  ];
  await instance.apply(
    service,
    aPod({ name: 'server', labels: { app: 'server' }, containers: [aContainer({ ports })] }),
    aPod({ name: 'client' }),
  );
  const [server, client] = await Promise.all(
    ['server', 'client'].map((name) => instance.waitForPod(name, 'runs', isRunning)),
  );
  if (server === undefined || client === undefined) throw new Error('bug: two pods');
  const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/server');
  const machine = namespaceOf(process.pid);
  const inClient = namespaceOf(initPid(client));
  const own = { bulkPort, echoPort };
  const onMachine = { bulkPort: hostBulkPort, echoPort: hostEchoPort };
  const podIP = server.status.podIP ?? '';
  const paths: Path[] = [
    { name: 'host-to-pod', client: machine, address: podIP, ...own },
    { name: 'pod-to-pod', client: inClient, address: podIP, ...own },
    { name: 'pod-to-service', client: inClient, address: body.spec.clusterIP, ...own },
    { name: 'host-port', client: inClient, address: server.status.hostIP ?? '', ...onMachine },
    { name: 'host-port-localhost', client: machine, address: '127.0.0.1', ...onMachine },
  ];
  return { server: namespaceOf(initPid(server)), paths };
}

const onCpu = (cpu: number, ...command: readonly string[]) => [
  '--cpu-list',
  String(cpu % availableParallelism()),
  ...command,
];

const serve = (namespace: Path['client']): ChildProcess[] => [
  namespace.start('taskset', onCpu(1, 'iperf3', '--server', '--port', String(bulkPort))),
  namespace.start('taskset', onCpu(1, payloadBinary(), 'echo', String(echoPort))),
];

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'exit');
  child.kill('SIGKILL');
  await closed;
}

async function measure(paths: readonly Path[]): Promise<void> {
  for (const path of paths) await waitFor(`${path.name} answers`, () => answers(path), 20_000);
  const samples = new Map<string, Sample[]>(paths.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const path of paths)
      samples.get(path.name)?.push({ ...(await bulk(path)), trip: await tripMicroseconds(path) });
  const bare = samples.get(paths[0]?.name ?? '') ?? [];
  for (const [metric, unit, of] of [
    ['bulk', 'Gbit/s', (sample) => sample.rate],
    ['bulk-per-cpu', 'Gbit/cpu-s', (sample) => sample.perCpuSecond],
    ['round-trip', 'us', (sample) => sample.trip],
  ] as const satisfies readonly [string, string, (sample: Sample) => number][]) {
    for (const [name, own] of samples) report(`network-${metric}-${name}`, unit, own.map(of));
    for (const [name, own] of [...samples].slice(1))
      report(`network-${metric}-ratio-${name}`, 'of bare pair', ratios(own.map(of), bare.map(of)));
  }
}

/** Of one round. */
interface Sample {
  readonly rate: number;
  readonly perCpuSecond: number;
  readonly trip: number;
}

const ratios = (a: readonly number[] = [], b: readonly number[] = []): number[] =>
  a.map((one, i) => one / (b[i] ?? one));

async function bulk({ client, address, bulkPort: port }: Path): Promise<Omit<Sample, 'trip'>> {
  const limits = ['--time', String(secondsPerRound), '--connect-timeout', '5000'];
  const command = ['iperf3', '--client', address, '--port', String(port), ...limits, '--json'];
  const { end: result } = JSON.parse(await client.run('taskset', onCpu(0, ...command)));
  const { host_total: ours, remote_total: theirs } = result.cpu_utilization_percent;
  const rate = result.sum_received.bits_per_second / 1e9;
  return { rate, perCpuSecond: rate / ((ours + theirs) / 100) };
}

async function tripMicroseconds({ client, address, echoPort: port }: Path, count = roundTrips): Promise<number> {
  const command = [payloadBinary(), 'ping-pong', address, String(port), String(count)];
  const text = await client.run('taskset', onCpu(0, ...command));
  return Number(/median-us (\S+)/.exec(text)?.[1]);
}

async function answers(path: Path): Promise<boolean> {
  try {
    return (await tripMicroseconds(path, 1)) > 0 && (await bulk(path)).rate > 0;
  } catch {
    return false;
  }
}
