/** Addresses of pods from the first start to the deletion, and the network that is put together around them. */
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EventList, PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { freePort } from '../support/free-port.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { namespaceOf } from '../support/network-namespace.ts';
import { containerOf, initPid, isReady, isRunning, waitingReason } from '../support/pods.ts';
import { randomFrom } from '../support/random.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env.PODCTL_TEST_SEED ?? Date.now() % 1_000_000);

const addressOf = ({ status }: PodObject): string => status.podIP ?? 'none';
const listPods = async (instance: Instance): Promise<readonly PodObject[]> =>
  (await instance.api('GET', '/api/v1/pods')).body.items;
const allAddresses = async (instance: Instance): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await listPods(instance)).map((pod) => [pod.metadata.name, addressOf(pod)]));

/** What the kernel says that the pod's eth0 has. */
async function kernelAddress(pod: PodObject): Promise<string> {
  const links = JSON.parse(await namespaceOf(initPid(pod)).run('ip', ['-j', '-4', 'addr', 'show', 'eth0']));
  return links[0]?.addr_info[0]?.local ?? 'none';
}

/** What a server says first; undefined: it refuses. */
function greeting(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 5_000 });
    socket.once('data', (data) => {
      resolve(data.toString().trim());
      socket.destroy();
    });
    for (const end of ['error', 'timeout'] as const)
      socket.once(end, () => {
        resolve(undefined);
        socket.destroy();
      });
  });
}

describeReal('the addresses of pods', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterEach(() => instance.deleteAll());
  afterAll(() => instance.stop());

  const apply = async (...pods: readonly Record<string, unknown>[]): Promise<readonly PodObject[]> => {
    await instance.apply(...pods);
    const names = pods.map(({ metadata }) => (metadata as { name: string }).name);
    return Promise.all(names.map((name) => instance.waitForPod(name, 'runs', isRunning)));
  };

  test('are unique over 50 pods at once, and what the kernel says', async () => {
    const pods = await apply(...Array.from({ length: 50 }, (_, index) => aPod({ name: `many-${index}` })));
    expect(new Set(pods.map(addressOf)).size).toBe(50);
    expect(pods.flatMap(({ status }) => status.podIPs?.map(({ ip }) => ip) ?? []).every((ip) => ip !== '')).toBe(true);
    const sample = pods.filter((_, index) => index % 10 === 0);
    expect(await Promise.all(sample.map(kernelAddress))).toEqual(sample.map(addressOf));
    const { network } = await instance.system();
    expect(network).toMatchObject({ mode: 'nftables', addresses: 50 });
  });

  test('outlive restarts of the container, of podd, and its end and beginning', async () => {
    const [pod] = await apply(aPod({ name: 'steady' }));
    const address = pod === undefined ? '' : addressOf(pod);
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    process.kill(initPid(pod as PodObject), 'SIGKILL');
    await instance.waitForPod(
      'steady',
      'was restarted',
      (seen) => isRunning(seen) && containerOf(seen).restartCount === 1,
    );
    expect(await allAddresses(instance)).toEqual({ steady: address });
    await instance.restartPodd();
    const again = await instance.waitForPod('steady', 'runs', isRunning);
    expect([addressOf(again), await kernelAddress(again)]).toEqual([address, address]);
    await instance.podctlOk(['stop', 'steady']);
    await instance.podctlOk(['start', 'steady']);
    const anew = await instance.waitForPod('steady', 'runs', isRunning);
    expect([addressOf(anew), await kernelAddress(anew)]).toEqual([address, address]);
  });

  test('are let go with the pod, and given again as late as can be', async () => {
    const [first] = await apply(aPod({ name: 'first' }));
    await instance.deletePod('first');
    await waitFor('no address is in use', async () => (await instance.system()).network.addresses === 0);
    const [second] = await apply(aPod({ name: 'second' }));
    expect(addressOf(second as PodObject)).not.toBe(addressOf(first as PodObject));
  });

  test('are in /etc/hosts, beside the resolver that knows pods and Services', async () => {
    const hostAliases = [{ ip: '203.0.113.7', hostnames: ['alias.example'] }];
    const [pod] = await apply(aPod({ name: 'named', subdomain: 'ring', hostAliases }));
    const { output: hosts } = await instance.exec('named', ['cat', '/etc/hosts']);
    expect(hosts).toContain(`${addressOf(pod as PodObject)}\tnamed.ring.default.svc.cluster.local\tnamed\n`);
    expect(hosts).toContain('203.0.113.7\talias.example');
    const { dnsAddress } = (await instance.system()).network;
    const { output: resolver } = await instance.exec('named', ['cat', '/etc/resolv.conf']);
    expect(resolver).toContain(
      `nameserver ${dnsAddress}\nsearch default.svc.cluster.local svc.cluster.local cluster.local`,
    );
    const { code, output } = await instance.exec('named', ['getent', 'hosts', 'alias.example']);
    expect([code, output]).toEqual([0, expect.stringContaining('203.0.113.7')]);
  });

  test('are none with network: none, and the machine’s in its network', async () => {
    const [alone, shared] = await apply(
      aPod({ name: 'alone', network: 'none' }),
      aPod({ name: 'shared', hostNetwork: true }),
    );
    expect(alone?.status).not.toHaveProperty('podIP');
    const links = await namespaceOf(initPid(alone as PodObject)).run('ip', ['-j', 'link']);
    expect(JSON.parse(links).map(({ ifname }: { ifname: string }) => ifname)).toEqual(['lo']);
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
    const { hostIP } = shared?.status ?? {};
    expect(shared?.status.podIP).toBe(hostIP);
    if (hostIP !== undefined) expect(own).toContain(hostIP);
  });

  test('a change of ports opens and closes the machine’s at once, without a restart', async () => {
    const [hostPort, other] = [await freePort(), await freePort()];
    const withPort = (port: number | undefined) =>
      aPod({
        name: 'ported',
        containers: [
          aContainer({
            rootfs: { path: instance.payloadRoot() },
            command: ['/payload', 'echo', '7000'],
            ports: port === undefined ? [] : [{ containerPort: 7000, hostPort: port }],
          }),
        ],
      });
    const [before] = await apply(withPort(hostPort));
    await waitFor('the port answers', async () => (await greeting(hostPort)) === 'ported');
    await instance.apply(withPort(other));
    await waitFor('the other port answers', async () => (await greeting(other)) === 'ported');
    await waitFor('the first port is closed', async () => (await greeting(hostPort)) === undefined);
    await instance.killPodd();
    expect(await greeting(other)).toBe('ported');
    await instance.startPodd();
    await instance.apply(withPort(undefined));
    await waitFor('the other port is closed', async () => (await greeting(other)) === undefined);
    const after = await instance.waitForPod('ported', 'is ready', isReady);
    expect(containerOf(after)).toMatchObject({
      restartCount: 0,
      containerID: containerOf(before as PodObject).containerID,
    });
  });

  test(`never belong to two pods, whenever podd is killed (PODCTL_TEST_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    for (let round = 0; round < 6; round++) {
      const manifests = Array.from({ length: 4 }, (_, index) => aPod({ name: `kill-${round}-${index}` }));
      const kill = delay(random() * 150).then(() => instance.killPodd());
      const asked = instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests, dryRun: false });
      await Promise.all([kill, asked.catch(() => undefined)]);
      await instance.startPodd();
    }
    const names = (await listPods(instance)).map(({ metadata }) => metadata.name);
    const pods = await Promise.all(names.map((name) => instance.waitForPod(name, 'runs', isRunning)));
    expect(new Set(pods.map(addressOf)).size).toBe(pods.length);
    expect(await Promise.all(pods.map(kernelAddress))).toEqual(pods.map(addressOf));
  });
});

describeReal('a small range', () => {
  let instance: Instance;
  beforeAll(async () => {
    const env = { PODCTL_POD_CIDR: '10.213.7.0/30', PODCTL_SERVICE_CIDR: '10.213.8.0/24' };
    instance = await startInstance({ env });
  });
  afterAll(() => instance.stop());

  test('that is exhausted is told, by whom too, and the next pod starts as soon as one is deleted', async () => {
    await instance.apply(aPod({ name: 'a' }), aPod({ name: 'b' }));
    for (const name of ['a', 'b']) await instance.waitForPod(name, 'runs', isRunning);
    await instance.apply(aPod({ name: 'c' }));
    const isStarved = (pod: PodObject) => waitingReason(containerOf(pod)) === 'AddressesExhausted';
    const starved = await instance.waitForPod('c', 'has no address', isStarved);
    const told = 'no free address in 10.213.7.0/30: 2 of 2 in use, by default/a, default/b';
    expect(JSON.stringify(starved.status)).toContain(told);
    const events = (await instance.api('GET', '/api/v1/events')).body as EventList;
    expect(events.items.find(({ reason }) => reason === 'FailedCreatePodSandBox')?.message).toContain(told);
    const freed = addressOf((await instance.getPod('a')) as PodObject);
    await instance.deletePod('a');
    const fed = await instance.waitForPod('c', 'runs', isRunning);
    expect([addressOf(fed), await kernelAddress(fed)]).toEqual([freed, freed]);
  });
});

describe('ranges that cannot be', () => {
  const refused = async (env: Record<string, string>): Promise<string> => {
    const instance = await startInstance({ podd: false, env });
    try {
      const { exitCode, stderr } = await instance.podctl(['get', 'pods']);
      expect(exitCode).toBe(1);
      return stderr;
    } finally {
      instance.scrub();
    }
  };
  const route = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(({ family, internal }) => family === 'IPv4' && !internal);

  describeReal('', () => {
    test.skipIf(route?.cidr == null)(
      'podd does not start over a range that overlaps the machine’s, and names it',
      async () => {
        const said = await refused({ PODCTL_POD_CIDR: `${route?.address}/32`.replace(/\.\d+\/32$/, '.0/24') });
        expect(said).toMatch(
          /podd did not start: PODCTL_POD_CIDR: [\d./]+ overlaps the (route|address) [\d./]+ of \w+/,
        );
        expect(said).toContain('set PODCTL_POD_CIDR to a range that this machine does not use');
      },
    );

    test('podd does not start with a range that is none', async () => {
      expect(await refused({ PODCTL_SERVICE_CIDR: '10.213.8.1/24' })).toContain(
        'PODCTL_SERVICE_CIDR: "10.213.8.1/24" has host bits set: the block is 10.213.8.0/24',
      );
    });
  });
});
