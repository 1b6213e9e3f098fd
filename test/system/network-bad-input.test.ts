/** What users get wrong about the network: a message that says what, where and what to do; and a machine without its tools. */
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { freePort } from '../support/free-port.ts';
import { type CommandResult, type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, yamlOf } from '../support/manifest.ts';
import { namespaceOf, openNeighbour } from '../support/network-namespace.ts';
import { initPid, isReady, isRunning } from '../support/pods.ts';
import { reach } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const echoPort = 7;
const longName = 'n'.repeat(300);

const applyTo = (instance: Instance, ...documents: readonly unknown[]): Promise<CommandResult> =>
  instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(...documents) });

const aService = (name: string, spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: echoPort }], ...spec },
});
const aPodWithPort = (name: string, port: Readonly<Record<string, unknown>>) =>
  aPod({ name, containers: [aContainer({ ports: [port] })] });

const anEchoPod = (instance: Instance, name: string, hostPort: number) =>
  aPod({
    name,
    labels: { app: name },
    containers: [
      aContainer({
        rootfs: { path: instance.payloadRoot() },
        ports: [{ containerPort: echoPort, hostPort }],
        processes: [
          {
            name: 'echo',
            command: ['/payload', 'echo', String(echoPort)],
            readiness: { tcpSocket: { port: echoPort } },
          },
        ],
      }),
    ],
  });

describeReal('bad input about the network', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = (...documents: readonly unknown[]) => applyTo(instance, ...documents);

  test.each<[string, unknown, RegExp]>([
    ['containerPort 0', aPodWithPort('bad', { containerPort: 0 }), /-:\d+:\d+: .*containerPort/],
    ['hostPort 70000', aPodWithPort('bad', { containerPort: 80, hostPort: 70_000 }), /-:\d+:\d+: .*hostPort.*65535/s],
    ['a Service’s port 0', aService('bad', { ports: [{ port: 0 }] }), /-:\d+:\d+: .*spec\.ports\[0\]\.port/],
    ['a Service’s port 70000', aService('bad', { ports: [{ port: 70_000 }] }), /-:\d+:\d+: .*ports\[0\]\.port.*65535/s],
    [
      'nodePort 70000',
      aService('bad', { type: 'NodePort', ports: [{ port: 80, nodePort: 70_000 }] }),
      /-:\d+:\d+: .*nodePort/,
    ],
    ['a Service’s name of 300 characters', aService(longName, {}), /-:\d+:\d+: .*metadata\.name.*63/s],
    ['a pod’s name of 300 characters', aPod({ name: longName }), /-:\d+:\d+: .*metadata\.name.*253/s],
    [
      'a host alias that is no address',
      aPod({ name: 'bad', hostAliases: [{ ip: 'localhost', hostnames: ['x'] }] }),
      /-:\d+:\d+: .*hostAliases\[0\]\.ip/,
    ],
  ])('%s is refused with its place', async (_, document, words) => {
    const result = await apply(document);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(words);
  });

  test('hostPort 0 is none, as for Kubernetes', async () => {
    expect(await apply(aPodWithPort('zero', { containerPort: 80, hostPort: 0 }))).toMatchObject({ exitCode: 0 });
    await instance.deletePod('zero');
  });

  test('a hostPort that another pod has is refused, naming that pod; so are two of one file', async () => {
    const hostPort = await freePort();
    const port = { containerPort: 80, hostPort };
    const both = await apply(aPodWithPort('first', port), aPodWithPort('second', port));
    expect(both.exitCode).not.toBe(0);
    expect(both.stderr).toMatch(new RegExp(`${hostPort}.*(first|second)`, 's'));
    expect(await apply(aPodWithPort('first', port))).toMatchObject({ exitCode: 0 });
    const second = await apply(aPodWithPort('second', port));
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toMatch(new RegExp(`${hostPort}.*default/first`, 's'));
    await instance.deletePod('first');
    expect(await apply(aPodWithPort('second', port)), 'free again').toMatchObject({ exitCode: 0 });
    await instance.deletePod('second');
  });

  test('a hostPort that a process of the machine listens on is refused, naming the process', async () => {
    const server = await listening();
    const port = portOf(server);
    const result = await apply(aPodWithPort('late', { containerPort: 80, hostPort: port }));
    server.close();
    await once(server, 'close');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(new RegExp(`${port}.*\\b${process.pid}\\b`, 's'));
    expect(await instance.getPod('late')).toBeUndefined();
  });

  test('a Service that selects nothing is taken with a warning, and refuses connections at once', async () => {
    const result = await apply(aService('lonely', { selector: { app: 'nobody' } }), aPod({ name: 'asker' }));
    expect(result).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/service\/lonely: spec\.selector: selects no pod.*app=nobody/),
    });
    const asker = await instance.waitForPod('asker', 'runs', isRunning);
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/lonely');
    const { clusterIP } = body.spec;
    const client = namespaceOf(initPid(asker));
    await waitFor(
      'it is refused',
      async () => (await reach(client, echoPort, [clusterIP])).get(clusterIP) === 'errno 111',
    );
    await instance.podctlOk(['delete', 'service', 'lonely']);
    await instance.deletePod('asker');
  });
});

describeReal('a range of addresses', () => {
  test('that is exhausted says so; who waits starts when another pod is deleted', async () => {
    const instance = await startInstance({ env: { PODCTL_POD_CIDR: '10.77.0.0/30' } });
    try {
      for (const name of ['one', 'two', 'three']) await instance.apply(aPod({ name }));
      const isStarved = ({ status }: PodObject) => JSON.stringify(status).includes('AddressesExhausted');
      const names = ['one', 'two', 'three'];
      const starved = await waitFor('one waits', async () => {
        const pods = await Promise.all(names.map((name) => instance.getPod(name)));
        const running = pods.filter((pod) => pod !== undefined && isRunning(pod));
        return running.length === 2 ? pods.find((pod) => pod !== undefined && isStarved(pod)) : undefined;
      });
      const told = await instance.podctlOk(['describe', 'pod', starved.metadata.name]);
      expect(told).toMatch(/no free address in 10\.77\.0\.0\/30: 2 of 2 in use, by default\/\w+, default\/\w+/);
      await instance.deletePod(names.find((name) => name !== starved.metadata.name) ?? '');
      await instance.waitForPod(starved.metadata.name, 'runs', isRunning);
    } finally {
      await instance.stop();
    }
  });

  test('that overlaps a route of the machine keeps podd from starting, naming the range, the route and its link', async () => {
    const [link, network] = await ownNetwork();
    const instance = await startInstance({ podd: false, env: { PODCTL_POD_CIDR: network } });
    try {
      const result = await instance.podctl(['get', 'pods']);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toContain(`PODCTL_POD_CIDR: ${network} overlaps the`);
      expect(result.stderr).toMatch(new RegExp(`of ${link}\\b.*PODCTL_POD_CIDR`, 's'));
    } finally {
      await instance.stop();
    }
  });

  test.each([
    ['no CIDR', 'pods', /PODCTL_POD_CIDR: "pods"/],
    ['bits of a host', '10.77.0.1/16', /PODCTL_POD_CIDR: .*10\.77\.0\.0\/16/s],
    ['no room', '10.77.0.0/32', /PODCTL_POD_CIDR: 10\.77\.0\.0\/32 is too small/],
    ['IPv6 alone', 'fd77::/64', /PODCTL_POD_CIDR: .*IPv4/],
  ])('that is wrong (%s) keeps podd from starting, with the variable and what is wrong', async (_, range, words) => {
    const instance = await startInstance({ podd: false, env: { PODCTL_POD_CIDR: range } });
    try {
      expect(await instance.podctl(['get', 'pods'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(words),
      });
    } finally {
      await instance.stop();
    }
  });
});

/** Without nft podnet hands connections on; without ip nothing is missing, for nothing of podctl runs it. */
describeReal.each([
  ['ip', ['node', 'nft'], 'nftables'],
  ['nft and ip', ['node'], 'userland'],
] as const)('a PATH without %s', (_, tools, mode) => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ podd: false });
    const PATH = pathOf(join(instance.base, 'tools'), tools);
    Object.assign(instance.env, { PATH });
    await instance.startPodd();
  });
  afterAll(() => instance.stop());

  test(`serves hostPorts and Services (${mode}), and the status says how`, async () => {
    const hostPort = await freePort();
    const service = aService('front', { selector: { app: 'echo' } });
    const client = aPod({ name: 'client' });
    expect(await applyTo(instance, service, anEchoPod(instance, 'echo', hostPort), client)).toMatchObject({
      exitCode: 0,
    });
    await instance.waitForPod('echo', 'is ready', isReady);
    const pod = await instance.waitForPod('client', 'runs', isRunning);
    const status = await instance.podctlOk(['system', 'status']);
    expect(status).toContain(mode);
    if (mode === 'userland') expect(status).toMatch(/nft.*(missing|PATH).*/s);
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/front');
    const answers = (where: ReturnType<typeof namespaceOf>, port: number, address: string) =>
      waitFor(`${address}:${port} answers`, async () => (await reach(where, port, [address])).get(address) === 'echo');
    const neighbour = await openNeighbour();
    try {
      await answers(namespaceOf(process.pid), hostPort, '127.0.0.1');
      await answers(namespaceOf(process.pid), hostPort, '::1');
      await answers(neighbour, hostPort, '198.51.100.1');
      await answers(namespaceOf(initPid(pod)), echoPort, body.spec.clusterIP);
    } finally {
      await neighbour.close();
    }
  });
});

/** A directory with nothing but links to these programs. */
function pathOf(directory: string, tools: readonly string[]): string {
  mkdirSync(directory);
  for (const tool of tools) symlinkSync(tool === 'node' ? process.execPath : found(tool), join(directory, tool));
  return directory;
}

function found(tool: string): string {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].map((directory) => join(directory, tool));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new Error(`${tool} is not on this machine`);
  return path;
}

/** A link of this machine, and the IPv4 network that it leads to. */
async function ownNetwork(): Promise<readonly [link: string, network: string]> {
  const { stdout } = await execa('ip', ['-json', '-4', 'route', 'show', 'proto', 'kernel', 'scope', 'link']);
  const [route] = JSON.parse(stdout) as { dst: string; dev: string }[];
  if (route === undefined) throw new Error('this machine has no network to overlap with');
  return [route.dev, route.dst];
}

const listening = async (): Promise<Server> => {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  return server;
};

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
