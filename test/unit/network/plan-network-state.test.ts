import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NetworkSettings } from '../../../src/model/network.ts';
import type { NetworkPod } from '../../../src/model/network-pod.ts';
import { planNetworkState } from '../../../src/network/plan-network-state.ts';
import { planPodnet } from '../../../src/network/plan-podnet.ts';

const aPod = (name: string, change: Partial<NetworkPod> = {}): NetworkPod => ({
  uid: `uid-${name}`,
  namespace: 'default',
  name,
  labels: {},
  hostname: name,
  hostNetwork: false,
  addresses: { ipv4: `10.99.0.${name.charCodeAt(0)}` },
  isUp: true,
  isReady: true,
  isEnding: false,
  ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' }],
  ...change,
});
const stateOf = (...pods: NetworkPod[]) => planNetworkState({ pods, services: [], policies: [] }).state;
const settings: NetworkSettings = {
  ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
  table: 'podctl',
  linkPrefix: 'pc0000',
  dnsAddress: '10.99.128.10',
  clusterDomain: 'cluster.local',
  hostAddresses: [],
};
const namesOf = (pods: readonly NetworkPod[], resolvConf = '') =>
  planPodnet(settings, { pods, services: [], proxies: [], resolvConf }).dns;

describe('a hostPort', () => {
  test('leads to the pod from its first moment to its last, ready or not', () => {
    const target = { addresses: { ipv4: '10.99.0.97' }, port: 80 };
    const port = { protocol: 'TCP', hostPort: 8080, target, pod: 'default/a' };
    expect(stateOf(aPod('a', { isReady: false })).hostPorts).toEqual([port]);
    expect(stateOf(aPod('a', { isEnding: true })).hostPorts).toEqual([port]);
  });

  test.each([
    ['a pod that does not run', { isUp: false }],
    ['a pod in the machine’s network, which has it anyway', { hostNetwork: true }],
    ['a port that asks for none', { ports: [{ containerPort: 80, protocol: 'TCP' as const }] }],
  ])('is none of %s', (_, change) => {
    expect(stateOf(aPod('a', change)).hostPorts).toEqual([]);
  });

  test('of one address is of that address alone', () => {
    const ports = [{ containerPort: 80, hostPort: 80, hostIP: '127.0.0.1', protocol: 'UDP' as const }];
    expect(stateOf(aPod('a', { ports })).hostPorts).toMatchObject([{ hostIP: '127.0.0.1', protocol: 'UDP' }]);
  });

  test('of an address is of its shortest text, and of what is no address not at all', () => {
    const port = { containerPort: 80, hostPort: 80, protocol: 'TCP' as const };
    const ports = ['2001:DB8:0::1', '192.0.2.1; flush ruleset'].map((hostIP) => ({ ...port, hostIP }));
    expect(stateOf(aPod('a', { ports })).hostPorts.map(({ hostIP }) => hostIP)).toEqual(['2001:db8::1']);
  });
});

test('the same pods give the same state and the same names, in whatever order they come', () => {
  const pods = ['a', 'b', 'c', 'd'].map((name) => aPod(name));
  fc.assert(
    fc.property(fc.shuffledSubarray(pods, { minLength: 4 }), (shuffled) => {
      expect(JSON.stringify(stateOf(...shuffled))).toBe(JSON.stringify(stateOf(...pods)));
      expect(JSON.stringify(namesOf(shuffled))).toBe(JSON.stringify(namesOf(pods)));
    }),
  );
});

describe('podnet', () => {
  test('names pods that can be reached, as they call themselves', () => {
    const pods = [
      aPod('a', { hostname: 'front', subdomain: 'ring' }),
      aPod('b', { isUp: false }),
      aPod('c', { hostNetwork: true }),
    ];
    expect(namesOf(pods).pods).toEqual([
      { namespace: 'default', name: 'a', hostname: 'front', subdomain: 'ring', addresses: { ipv4: '10.99.0.97' } },
    ]);
  });

  test('asks the machine’s servers, never itself, and none that is no address', () => {
    const text =
      'nameserver 10.99.128.10\nnameserver 1.1.1.1\n nameserver\t::1\nnameserver fe80::1%eth0\nnameserver 1.1.1.1\n#nameserver 9.9.9.9\n';
    expect(namesOf([], text).upstreams).toEqual(['1.1.1.1', '::1']);
  });
});
