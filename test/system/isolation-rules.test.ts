/** NetworkPolicies as rules of the real kernel, in network namespaces of the test's own, with real packets; no podd. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { NetworkState } from '../../src/model/network.ts';
import type { NetworkPod } from '../../src/model/network-pod.ts';
import type { NetworkPolicyManifest } from '../../src/model/object-manifest.ts';
import { createFirewall, type Firewall } from '../../src/network/firewall.ts';
import { planIsolations } from '../../src/network/plan-isolations.ts';
import { isListed } from '../../src/network/plan-listing.ts';
import { planRuleset } from '../../src/network/plan-ruleset.ts';
import { describeReal } from '../support/describe-real.ts';
import {
  endpointOf,
  labSettings,
  machine,
  type NetworkLab,
  podAddresses,
  startNetworkLab,
} from '../support/network-lab.ts';
import type { NetworkParty } from '../support/network-party.ts';
import { namespaces, someLabels, somePolicies, somePorts } from '../support/policy-arbitrary.ts';
import { aNetworkPod, aPolicy } from '../support/policy-builders.ts';
import { isPermitted, type Packet } from '../support/policy-reference.ts';

const podCount = 4;
const outside = { ipv4: '192.0.2.2', ipv6: '2001:db8::2' };
const families = ['ipv4', 'ipv6'] as const;
/** What is refused is not heard of for so long; what is permitted is waited for. */
const refusedMs = 700;
const permittedMs = 10_000;

const web = { podSelector: { matchLabels: { app: 'web' } } };
const deniedPod1 = aPolicy({ podSelector: { matchLabels: { app: 'pod-1' } }, policyTypes: ['Ingress', 'Egress'] });

const labPod = (number: number, fields: Partial<NetworkPod> = {}): NetworkPod =>
  aNetworkPod(`pod-${number}`, number, { addresses: podAddresses(number), ...fields });
const pods = Array.from({ length: podCount }, (_, index) => labPod(index + 1));

describeReal('isolated pods', () => {
  let lab: NetworkLab;
  let firewall: Firewall;
  const told: string[] = [];

  beforeAll(async () => {
    lab = await startNetworkLab(podCount);
    for (const party of [...lab.pods, lab.outside, lab.inside]) {
      for (const port of [80, 81]) await party.listen(port);
    }
    for (const party of [...lab.pods, lab.outside]) await party.listen(53, { protocol: 'UDP' });
    for (const protocol of ['TCP', 'UDP'] as const)
      await lab.inside.listen(53, { protocol, host: labSettings.dnsAddress });
    routeToPods(lab.outside);
    firewall = await createFirewall({ settings: labSettings, log: (message) => told.push(message) });
    expect(firewall).toMatchObject({ mode: 'nftables' });
  });

  afterEach(async () => {
    await firewall.remove();
    expect(told.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    firewall?.close();
    await lab?.stop();
  });

  const apply = (policies: readonly NetworkPolicyManifest[], among = pods, more: Partial<NetworkState> = {}) =>
    firewall.apply({ hostPorts: [], services: [], isolations: planIsolations(policies, among), ...more });

  const places = () => [
    ...lab.pods.map((party, index) => ({ name: `pod${index + 1}`, party, at: podAddresses(index + 1) })),
    { name: 'outside', party: lab.outside, at: outside },
    { name: 'inside', party: lab.inside, at: machine },
  ];

  interface Probe {
    readonly party: NetworkParty;
    readonly packet: Packet & { readonly protocol: 'TCP' | 'UDP' };
    /** whose answer it is */
    readonly answer: string;
    readonly permitted: boolean;
  }

  /** Between all, each way, both families: what the rules of Kubernetes say. */
  function probesUnder(policies: readonly NetworkPolicyManifest[], among: readonly NetworkPod[]): readonly Probe[] {
    return places().flatMap((source) =>
      places()
        .filter((destination) => destination.name !== source.name)
        .flatMap((destination) =>
          families.flatMap((family) =>
            [
              { protocol: 'TCP', port: 80 } as const,
              { protocol: 'TCP', port: 81 } as const,
              { protocol: 'UDP', port: 53 } as const,
            ]
              // nobody serves names on the machine's own address
              .filter(({ port }) => destination.name !== 'inside' || port !== 53)
              .map((service): Probe => {
                const packet = { source: source.at[family], destination: destination.at[family], ...service };
                return {
                  party: source.party,
                  packet,
                  answer: destination.name,
                  // whatever the machine itself says arrives
                  permitted: source.name === 'inside' || isPermitted(policies, among, packet),
                };
              }),
          ),
        ),
    );
  }

  async function verdictsOf(probes: readonly Probe[]): Promise<readonly string[]> {
    return Promise.all(
      probes.map(async ({ party, packet, answer, permitted }) => {
        const { destination, port, protocol } = packet;
        const heard = await party.ask({ host: destination, port, protocol }, permitted ? permittedMs : refusedMs);
        const isHeard = heard.startsWith(`${answer} `);
        return isHeard === permitted ? '' : `${JSON.stringify(packet)} should ${permitted ? '' : 'not '}pass: ${heard}`;
      }),
    );
  }

  const sample = fc.sample(
    fc.tuple(
      somePolicies([
        { cidr: '0.0.0.0/0' },
        { cidr: '::/0', except: ['fd12:3456:789a::2/127'] },
        { cidr: '10.99.0.0/29', except: ['10.99.0.2/31'] },
        { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] },
        { cidr: '192.0.2.2/32' },
        { cidr: '2001:db8::/32' },
      ]),
      fc.array(fc.record({ namespace: fc.constantFrom(...namespaces), labels: someLabels, ports: somePorts }), {
        minLength: podCount,
        maxLength: podCount,
      }),
    ),
    { seed: 6, numRuns: 60 },
  );
  const worlds = sample.map(([policies, fields]) => ({
    policies,
    pods: fields.map((field, index) => labPod(index + 1, field)),
  }));

  test('answer to whom the policies let through, and to nobody else, whatever the policies', async () => {
    let refused = 0;
    let permitted = 0;
    for (const world of worlds.filter(({ policies }) => policies.length > 1).slice(0, 12)) {
      await apply(world.policies, world.pods);
      const probes = probesUnder(world.policies, world.pods);
      refused += probes.filter((probe) => !probe.permitted).length;
      permitted += probes.filter((probe) => probe.permitted).length;
      expect((await verdictsOf(probes)).filter(Boolean), JSON.stringify(world)).toEqual([]);
    }
    expect(refused).toBeGreaterThan(100);
    expect(permitted).toBeGreaterThan(100);
  });

  test('are under the same rules whether they came one change after the other or at once', async () => {
    for (const world of worlds) {
      await apply(world.policies, world.pods);
      const wanted = planRuleset(labSettings, {
        hostPorts: [],
        services: [],
        isolations: planIsolations(world.policies, world.pods),
      });
      const listing = execFileSync('nft', ['-j', '-n', 'list', 'table', 'inet', labSettings.table], {
        encoding: 'utf8',
      });
      expect(isListed(wanted, listing), JSON.stringify(world)).toBe(true);
    }
  });

  test('are refused at once', async () => {
    await apply([deniedPod1]);
    expect(await lab.pods[1]?.ask({ host: podAddresses(1).ipv4, port: 80 })).toBe('ECONNREFUSED');
    expect(await lab.pods[1]?.ask({ host: podAddresses(1).ipv6, port: 80 })).toBe('ECONNREFUSED');
    expect(await lab.pods[0]?.ask({ host: machine.ipv4, port: 80 })).toBe('ECONNREFUSED');
    expect(await lab.pods[0]?.ask({ host: machine.ipv6, port: 80 })).toBe('ECONNREFUSED');
    const { ipv4, ipv6 } = podAddresses(1);
    for (const host of [ipv4, ipv6])
      expect(await lab.pods[1]?.ask({ host, port: 53, protocol: 'UDP' })).toBe('ECONNREFUSED');
  });

  test('reach the resolver whatever is denied, and nothing else there', async () => {
    await apply([aPolicy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })]);
    const host = labSettings.dnsAddress;
    expect(await lab.pods[0]?.ask({ host, port: 53 })).toBe('inside 10.99.0.1');
    expect(await lab.pods[0]?.ask({ host, port: 53, protocol: 'UDP' })).toBe('inside 10.99.0.1');
    expect(await lab.pods[0]?.ask({ host, port: 80 })).toBe('ECONNREFUSED');
  });

  test('are judged behind a Service and a hostPort by who really talks to whom', async () => {
    const serviceIp = '10.99.128.20';
    const more: Partial<NetworkState> = {
      hostPorts: [{ protocol: 'TCP', hostPort: 8080, target: endpointOf(2, 80), pod: 'default/pod-2' }],
      services: [
        {
          namespace: 'default',
          name: 'one',
          ips: [serviceIp],
          ports: [{ protocol: 'TCP', port: 8000, endpoints: [endpointOf(2, 80)] }],
        },
      ],
    };
    const among = [labPod(1, { labels: { app: 'web' } }), ...pods.slice(1)];
    const policy = (...from: readonly object[]) =>
      aPolicy({ podSelector: { matchLabels: { app: 'pod-2' } }, ingress: [{ from, ports: [{ port: 80 }] }] });
    await apply([policy(web)], among, more);
    const [pod1, pod2, pod3] = lab.pods;
    const viaService = { host: serviceIp, port: 8000 };
    const viaMachine = { host: machine.ipv4, port: 8080 };
    expect(await pod1?.ask(viaService)).toBe('pod2 10.99.0.1');
    expect(await pod1?.ask(viaMachine)).toBe('pod2 10.99.0.1');
    expect(await pod3?.ask(viaService)).toBe('ECONNREFUSED');
    expect(await pod3?.ask(viaMachine)).toBe('ECONNREFUSED');
    expect(await lab.outside.ask(viaMachine)).toBe('ECONNREFUSED');
    // itself, and the machine
    expect(await pod2?.ask(viaService)).toMatch(/^pod2 /);
    expect(await pod2?.ask(viaMachine)).toMatch(/^pod2 /);
    for (const host of ['127.0.0.1', machine.ipv4])
      expect(await lab.inside.ask({ host, port: 8080 })).toMatch(/^pod2 /);
    expect(await lab.inside.ask(viaService)).toMatch(/^pod2 /);
    await apply([policy({ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } })], among, more);
    expect(await lab.outside.ask(viaMachine)).toBe('pod2 192.0.2.2');
    expect(await pod1?.ask(viaService)).toBe('ECONNREFUSED');
  });

  test('keep connections that exist, and get no new ones', async () => {
    await apply([]);
    await lab.pods[1]?.open('before', podAddresses(1).ipv4, 80);
    await apply([deniedPod1]);
    expect(await lab.pods[1]?.say('before', 'still there')).toBe('still there');
    expect(await lab.pods[1]?.ask({ host: podAddresses(1).ipv4, port: 80 })).toBe('ECONNREFUSED');
    await apply([]);
    expect(await lab.pods[1]?.ask({ host: podAddresses(1).ipv4, port: 80 })).toBe('pod1 10.99.0.2');
  });

  test('cannot slip out under another address', async () => {
    await apply([deniedPod1]);
    const pid = lab.pods[0]?.pid ?? -1;
    inNamespace(pid, 'ip', 'address', 'add', '10.99.0.77/32', 'dev', 'eth0');
    inNamespace(pid, 'ip', 'address', 'add', 'fe80::77/64', 'dev', 'eth0', 'nodad');
    expect(await lab.pods[0]?.ask({ host: podAddresses(2).ipv4, port: 80, from: '10.99.0.77' })).toBe('nothing');
    expect(await lab.pods[0]?.ask({ host: machine.ipv4, port: 80, from: '10.99.0.77' })).toBe('nothing');
    expect(await lab.pods[0]?.ask({ host: 'fe80::1%eth0', port: 80, from: 'fe80::77%eth0' })).toBe('nothing');
  });
});

/** What is outside knows the way to the pods, as a machine of the same network may. */
function routeToPods({ pid }: NetworkParty): void {
  inNamespace(pid, 'ip', 'route', 'add', labSettings.ranges.pods4, 'via', machine.ipv4);
  inNamespace(pid, 'ip', 'route', 'add', labSettings.ranges.pods6 ?? '', 'via', machine.ipv6);
}

function inNamespace(pid: number, ...command: readonly string[]): void {
  execFileSync('nsenter', ['-t', String(pid), '-n', ...command]);
}
