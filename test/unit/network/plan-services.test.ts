import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NetworkPod } from '../../../src/model/network-pod.ts';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';
import type { ServiceSpec } from '../../../src/model/service-spec.ts';
import { planServices } from '../../../src/network/plan-services.ts';

const aService = (spec: Partial<ServiceSpec> = {}, name = 'web', namespace = 'default'): ServiceManifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
  spec: {
    ...{ type: 'ClusterIP', selector: { app: 'web' }, clusterIP: '10.99.128.20', clusterIPs: ['10.99.128.20'] },
    ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
    ...spec,
  },
});

const aPod = (name: string, fields: Partial<NetworkPod> = {}): NetworkPod => ({
  ...{ uid: `uid-${name}`, namespace: 'default', name, labels: { app: 'web' }, hostname: name },
  ...{ hostNetwork: false, isUp: true, isReady: true, isEnding: false, ports: [] },
  addresses: { ipv4: `10.99.0.${name.charCodeAt(0)}`, ipv6: `fd00::${name}` },
  ...fields,
});

const endpointsOf = (spec: Partial<ServiceSpec>, pods: readonly NetworkPod[]) =>
  planServices([aService(spec)], pods).states[0]?.ports.map(({ endpoints }) =>
    endpoints.map(({ addresses, port }) => `${addresses.ipv4}:${port}`),
  );

describe('behind a Service stand', () => {
  test.each<[string, readonly NetworkPod[], readonly string[]]>([
    ['ready pods, in the order of their names', [aPod('b'), aPod('a')], ['10.99.0.97:8080', '10.99.0.98:8080']],
    ['no pods of other labels', [aPod('a', { labels: { app: 'db' } })], []],
    ['pods with more labels than are asked for', [aPod('a', { labels: { app: 'web', x: 'y' } })], ['10.99.0.97:8080']],
    ['no pods of other namespaces', [aPod('a', { namespace: 'other' })], []],
    ['no pods that are not ready', [aPod('a', { isReady: false })], []],
    ['no pods that are being deleted', [aPod('a', { isEnding: true })], []],
    ['no pods that are not up', [aPod('a', { isUp: false })], []],
    ['no pods without addresses', [{ ...aPod('a'), addresses: undefined } as unknown as NetworkPod], []],
    [
      'pods in the machine’s network once for each of its ports',
      ['a', 'b'].map((name) => aPod(name, { hostNetwork: true, addresses: { ipv4: '192.0.2.1' } })),
      ['192.0.2.1:8080'],
    ],
  ])('%s', (_, pods, expected) => {
    expect(endpointsOf({}, pods)).toEqual([expected]);
  });

  test('nobody, where there is no selector', () => {
    expect(endpointsOf({ selector: {} }, [aPod('a')])).toEqual([[]]);
  });

  test('pods that are not ready too, where it says so, but none that is being deleted', () => {
    const pods = [aPod('a', { isReady: false }), aPod('b', { isReady: false, isEnding: true })];
    expect(endpointsOf({ publishNotReadyAddresses: true }, pods)).toEqual([['10.99.0.97:8080']]);
  });
});

describe('a port', () => {
  const http = (containerPort: number, protocol: 'TCP' | 'UDP' = 'TCP') => ({
    ports: [{ name: 'http', containerPort, protocol }],
  });
  test.each<[string, ServiceSpec['ports'], readonly string[]]>([
    ['leads to its own number by default', [{ port: 80 }], ['10.99.0.97:80', '10.99.0.98:80', '10.99.0.99:80']],
    [
      'leads to the number that the name has in each pod',
      [{ port: 80, targetPort: 'http' }],
      ['10.99.0.97:1', '10.99.0.98:2'],
    ],
    ['of a name finds ports of its protocol', [{ port: 80, targetPort: 'http', protocol: 'UDP' }], ['10.99.0.99:3']],
    ['of a name that no pod has leads nowhere', [{ port: 80, targetPort: 'htpp' }], []],
  ])('%s', (_, ports, expected) => {
    const pods = [aPod('a', http(1)), aPod('b', http(2)), aPod('c', http(3, 'UDP'))];
    expect(endpointsOf({ ports: ports ?? [] }, pods)).toEqual([expected]);
  });

  test('has its nodePort, and each of several has its own endpoints', () => {
    const ports = [
      { name: 'a', port: 80, nodePort: 30080, protocol: 'TCP' as const, targetPort: 8080 },
      { name: 'b', port: 53, protocol: 'UDP' as const, targetPort: 53 },
    ];
    expect(planServices([aService({ type: 'NodePort', ports })], [aPod('a')]).states[0]?.ports).toMatchObject([
      { protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [{ port: 8080 }] },
      { protocol: 'UDP', port: 53, endpoints: [{ port: 53 }] },
    ]);
  });
});

describe('a Service', () => {
  test('is reached by its ClusterIPs and externalIPs; its name gives the ClusterIPs alone', () => {
    const service = aService({ clusterIPs: ['10.99.128.20', 'fd00:1::2'], externalIPs: ['192.0.2.7', 'FD00:1:0::2'] });
    const { states, named } = planServices([service], []);
    expect(states[0]?.ips).toEqual(['10.99.128.20', 'fd00:1::2', '192.0.2.7']);
    expect(named[0]).toEqual({
      ...{ namespace: 'default', name: 'web', ips: ['10.99.128.20', 'fd00:1::2'], endpoints: [] },
      ports: [{ protocol: 'TCP', port: 80 }],
    });
  });

  test('that has no address yet is a name alone', () => {
    const { states, named } = planServices([aService({ clusterIP: '', clusterIPs: [] })], [aPod('a')]);
    expect([states, named[0]?.ips]).toEqual([[], []]);
  });

  test('keeps a client with its pod for as long as it says', () => {
    const spec = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } } as const;
    expect(planServices([aService(spec)], []).states[0]?.affinitySeconds).toBe(60);
  });

  test('of type ExternalName is another name for something, without pods', () => {
    const spec = { type: 'ExternalName', externalName: 'db.example.com.', selector: { app: 'web' } } as const;
    const { states, named } = planServices([aService({ ...spec, clusterIP: '', clusterIPs: [] })], [aPod('a')]);
    expect(states).toEqual([]);
    expect(named).toMatchObject([{ ips: [], externalName: 'db.example.com', endpoints: [] }]);
  });
});

describe('a headless Service', () => {
  const headless = (spec: Partial<ServiceSpec> = {}) =>
    aService({ clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'], ...spec });

  test('is a name for its ready pods, and needs no packets to be led', () => {
    const { states, named } = planServices([headless()], [aPod('b'), aPod('a', { isReady: false })]);
    expect(states).toEqual([]);
    expect(named).toMatchObject([
      { ips: [], endpoints: [{ addresses: { ipv4: '10.99.0.98' }, ports: [{ protocol: 'TCP', port: 8080 }] }] },
    ]);
  });

  test('names a pod whose subdomain it is', () => {
    const pods = [aPod('a', { hostname: 'first', subdomain: 'web' }), aPod('b', { hostname: 'x', subdomain: 'other' })];
    const hostnames = planServices([headless()], pods).named[0]?.endpoints.map(({ hostname }) => hostname);
    expect(hostnames).toEqual(['first', undefined]);
  });

  test('leaves out pods that lack the named port, and has none to look for where it has no ports', () => {
    const pods = [aPod('a', { ports: [{ name: 'http', containerPort: 1, protocol: 'TCP' }] }), aPod('b')];
    const count = (ports: ServiceSpec['ports']) =>
      planServices([headless({ ports: ports ?? [] })], pods).named[0]?.endpoints.length;
    expect([count([{ port: 80, targetPort: 'http' }]), count([{ port: 80 }]), count([])]).toEqual([1, 2, 2]);
  });

  test('gives IPv6 addresses where it has that family', () => {
    const addressesOf = (spec: Partial<ServiceSpec>) =>
      planServices([headless(spec)], [aPod('a')]).named[0]?.endpoints[0]?.addresses;
    expect(addressesOf({})).toEqual({ ipv4: '10.99.0.97' });
    expect(addressesOf({ ipFamilies: ['IPv4', 'IPv6'] })).toEqual({ ipv4: '10.99.0.97', ipv6: 'fd00::a' });
  });
});

test('the plan does not depend on the order of what it is made of', () => {
  const pods = ['a', 'b', 'c', 'd'].map((name) => aPod(name));
  const services = [
    aService({}, 'x'),
    aService({}, 'x', 'another'),
    aService({ clusterIP: 'None', clusterIPs: ['None'] }, 'y'),
  ];
  const expected = planServices(services, pods);
  const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  fc.assert(
    fc.property(shuffled(services), shuffled(pods), (some, others) => {
      expect(planServices(some, others)).toEqual(expected);
    }),
  );
});
