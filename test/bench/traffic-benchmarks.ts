/** Traffic on each way to a pod beside a bare pair of veth links, in turn in the same run. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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

const serve = (namespace: Path['client']): ChildProcess[] => [
  namespace.start('iperf3', ['--server', '--port', String(bulkPort)]),
  namespace.start(payloadBinary(), ['echo', String(echoPort)]),
];

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'exit');
  child.kill('SIGKILL');
  await closed;
}

async function measure(paths: readonly Path[]): Promise<void> {
  const bulk = new Map<string, number[]>(paths.map(({ name }) => [name, []]));
  const trips = new Map<string, number[]>(paths.map(({ name }) => [name, []]));
  for (const path of paths) await waitFor(`${path.name} answers`, () => answers(path), 20_000);
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) bulk.get(path.name)?.push(await gigabits(path));
    for (const path of paths) trips.get(path.name)?.push(await tripMicroseconds(path));
  }
  for (const { name } of paths) report(`network-bulk-${name}`, 'Gbit/s', bulk.get(name) ?? []);
  for (const { name } of paths) report(`network-round-trip-${name}`, 'us', trips.get(name) ?? []);
  const bare = paths[0]?.name ?? '';
  for (const { name } of paths.slice(1)) {
    report(`network-bulk-ratio-${name}`, 'of bare pair', ratios(bulk.get(name), bulk.get(bare)));
    report(`network-round-trip-ratio-${name}`, 'of bare pair', ratios(trips.get(name), trips.get(bare)));
  }
}

const ratios = (a: readonly number[] = [], b: readonly number[] = []): number[] =>
  a.map((one, i) => one / (b[i] ?? one));

async function gigabits({ client, address, bulkPort: port }: Path): Promise<number> {
  const limits = ['--time', String(secondsPerRound), '--connect-timeout', '5000'];
  const text = await client.run('iperf3', ['--client', address, '--port', String(port), ...limits, '--json']);
  return JSON.parse(text).end.sum_received.bits_per_second / 1e9;
}

async function tripMicroseconds({ client, address, echoPort: port }: Path, count = roundTrips): Promise<number> {
  const text = await client.run(payloadBinary(), ['ping-pong', address, String(port), String(count)]);
  return Number(/median-us (\S+)/.exec(text)?.[1]);
}

async function answers(path: Path): Promise<boolean> {
  try {
    return (await tripMicroseconds(path, 1)) > 0 && (await gigabits(path)) > 0;
  } catch {
    return false;
  }
}
