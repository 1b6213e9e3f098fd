/** What runs goes on: podd killed, its nftables table, links, routes and switches taken away by hand, while traffic flows. */
import { execa, execaSync } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { networkDifferences, readMachineNetwork } from '../support/network-leaks.ts';
import { type NetworkNamespace, namespaceOf, openNeighbour } from '../support/network-namespace.ts';
import { initPid, isReady, isRunning } from '../support/pods.ts';
import { reach, startTraffic, type Traffic, type TrafficInput } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';
import { whyNoTools } from '../support/why-no-tools.ts';

const echoPort = 7;
const hostPort = 20_077;
const why = whyNoTools('nft', 'ip');

/** Asks for a Service's and a pod's name again and again, both families; says how often, and what failed. */
const resolving = `
  const { Resolver } = require('node:dns').promises;
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  (async () => {
    for (let count = 1; ; count++) {
      for (const name of ['servers.default.svc.cluster.local', 'door.default.svc.cluster.local'])
        await resolver.resolve4(name).catch((error) => console.log('failed', name, error.code));
      if (count % 10 === 0) console.log('resolved', count);
      await new Promise((done) => setTimeout(done, 20));
    }
  })();`;

describeReal('the pod network', { skip: why !== undefined }, () => {
  let instance: Instance;
  let neighbour: NetworkNamespace;
  let ways: readonly TrafficInput[];
  let door: PodObject;
  let table: string;
  const running: Traffic[] = [];

  beforeAll(async () => {
    instance = await startInstance();
    neighbour = await openNeighbour();
    await instance.apply(
      service,
      ...['server-a', 'server-b'].map(aServer),
      aDoor(),
      aPod({ name: 'client' }),
      aResolver(),
    );
    const client = await instance.waitForPod('client', 'runs', isRunning);
    door = await instance.waitForPod('door', 'is ready', isReady);
    for (const name of ['server-a', 'server-b', 'names']) await instance.waitForPod(name, 'is ready', isReady);
    const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/servers');
    const inPod = namespaceOf(initPid(client));
    const machine = namespaceOf(process.pid);
    ways = [
      { name: 'pod to pod', client: inPod, address: door.status.podIP ?? '', port: echoPort },
      { name: 'pod to Service', client: inPod, address: body.spec.clusterIP, port: echoPort },
      { name: 'machine to pod', client: machine, address: door.status.podIP ?? '', port: echoPort },
      { name: 'machine to Service', client: machine, address: body.spec.clusterIP, port: echoPort },
      { name: 'localhost to hostPort', client: machine, address: '127.0.0.1', port: hostPort },
      { name: 'another machine to hostPort', client: neighbour, address: '198.51.100.1', port: hostPort },
      { name: 'another machine to hostPort by IPv6', client: neighbour, address: '2001:db8:7::1', port: hostPort },
    ];
    for (const { name, client, address, port } of ways)
      await waitFor(
        `${name} answers`,
        async () => !/errno/.test((await reach(client, port, [address])).get(address) ?? 'errno'),
      );
    table =
      (await nft('list', 'tables'))
        .split('\n')
        .find((line) => /^table inet podctl(_[0-9a-f]+)?$/.test(line))
        ?.slice(6) ?? '';
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });
  afterAll(async () => {
    await neighbour.close();
    await instance.stop();
  });

  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'servers' },
    spec: { selector: { app: 'server' }, ports: [{ port: echoPort }] },
  };
  const anEcho = (ports: readonly unknown[] = []) =>
    aContainer({
      rootfs: { path: instance.payloadRoot() },
      ports,
      processes: [
        { name: 'echo', command: ['/payload', 'echo', String(echoPort)], readiness: { tcpSocket: { port: echoPort } } },
      ],
    });
  const aServer = (name: string) => aPod({ name, labels: { app: 'server' }, containers: [anEcho()] });
  const aDoor = () => aPod({ name: 'door', containers: [anEcho([{ containerPort: echoPort, hostPort }])] });
  const aResolver = () => aPod({ name: 'names', containers: [aContainer({ command: ['node', '-e', resolving] })] });

  const nft = async (...args: readonly string[]): Promise<string> => (await execa('nft', args)).stdout;
  /** Its words, sorted: nft keeps no order of elements, and breaks lines by their length. */
  const listTable = async (): Promise<string[]> =>
    (await nft('list', 'table', ...table.split(' '))).split(/[\s,]+/).sort();
  const start = async (kind: 'hold' | 'ask', inputs = ways): Promise<Traffic[]> => {
    const started = await Promise.all(inputs.map((input) => startTraffic(kind, input)));
    running.push(...started);
    await Promise.all(started.map((one) => one.goesOn()));
    return started;
  };
  const expectNoFailure = (traffic: readonly Traffic[]): void => {
    const failures = traffic.flatMap((one) => one.failures().map((line) => `${one.name}: ${line}`));
    expect(failures).toEqual([]);
  };
  const resolved = async (): Promise<number> => {
    const lines = (await instance.logs('names')).split('\n');
    return lines.filter((line) => line.includes('resolved')).length;
  };

  test('kill -9 of podd: no request fails, no connection breaks, names resolve; the next podd takes over unnoticed', async () => {
    const traffic = [...(await start('hold')), ...(await start('ask'))];
    const before = await resolved();
    await instance.killPodd();
    await Promise.all(traffic.map((one) => one.goesOn()));
    await instance.startPodd();
    await waitFor('names resolved meanwhile', async () => (await resolved()) > before + 2);
    await Promise.all(traffic.map((one) => one.goesOn()));
    expectNoFailure(traffic);
    expect(await instance.logs('names')).not.toContain('failed');
    for (const name of ['door', 'server-a', 'server-b', 'client', 'names'])
      expect((await instance.getPod(name))?.status.containerStatuses[0]?.restartCount, name).toBe(0);
  });

  test.each([
    ['flushed', () => nft('flush', 'table', ...table.split(' '))],
    ['deleted', () => nft('delete', 'table', ...table.split(' '))],
  ])('our table %s by hand is put back within seconds, and what was open lives on', async (_, act) => {
    const before = await listTable();
    const held = await start('hold');
    await act();
    await expect.poll(() => listTable().catch(String)).toEqual(before);
    await Promise.all(held.map((one) => one.goesOn()));
    expectNoFailure(held);
    expectNoFailure(await start('ask'));
  });

  test.each<[string, () => Promise<unknown>]>([
    ['the machine’s end of a pod’s link', () => execa('ip', ['link', 'delete', hostLink()])],
    ['the pod’s end', () => namespaceOf(initPid(door)).run('ip', ['link', 'delete', 'eth0'])],
    ['the route to a pod', () => execa('ip', ['route', 'delete', `${door.status.podIP}/32`])],
    ['a pod’s own address', () => namespaceOf(initPid(door)).run('ip', ['address', 'flush', 'dev', 'eth0'])],
    ['a link that is set down', () => execa('ip', ['link', 'set', hostLink(), 'down'])],
    ['forwarding of a pod’s link', () => execa('sysctl', ['-qw', `net.ipv4.conf.${hostLink()}.forwarding=0`])],
    ['forwarding of all links', () => execa('sysctl', ['-qw', 'net.ipv4.conf.all.forwarding=0'])],
  ])('%s, taken away by hand, is put back within seconds, and what was open lives on', async (_, act) => {
    const before = readMachineNetwork();
    const held = await start('hold');
    await act();
    await expect.poll(() => networkDifferences(before, readMachineNetwork())).toEqual([]);
    await Promise.all(held.map((one) => one.goesOn(20_000)));
    expectNoFailure(held);
    expectNoFailure(await start('ask'));
  });

  const hostLink = (): string => {
    const { stdout } = execaSync('ip', ['-json', 'route', 'get', door.status.podIP ?? '']);
    return (JSON.parse(stdout) as { dev: string }[])[0]?.dev ?? '';
  };
});
