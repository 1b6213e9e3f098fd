import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';
import type { ServicePortSpec, ServiceSpec } from '../../../src/model/service-spec.ts';
import {
  planServiceAddresses,
  type ServicePool,
  type WantedService,
} from '../../../src/network/plan-service-addresses.ts';
import { cidrOf, offsetIn } from '../../../src/util/cidr.ts';

const pool: ServicePool = {
  ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
  dnsAddress: '10.99.128.10',
};
const dual: ServicePool = { ...pool, ranges: { ...pool.ranges, pods6: 'fd00::/64', services6: 'fd00:0:0:1::/112' } };
const tiny: ServicePool = { ranges: { pods4: '10.99.0.0/17', services4: '10.0.0.0/29' }, dnsAddress: '10.0.0.6' };

const aService = (name: string, spec: Partial<ServiceSpec> = {}): ServiceManifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } },
  spec: { type: 'ClusterIP', ports: [aPort(80)], ...withAddresses(spec), ...spec },
});
const withAddresses = ({ clusterIP, clusterIPs }: Partial<ServiceSpec>): Partial<ServiceSpec> =>
  clusterIP === undefined ? {} : { clusterIPs: clusterIPs ?? [clusterIP] };
const aPort = (port: number, fields: Partial<ServicePortSpec> = {}): ServicePortSpec => ({
  ...{ port, protocol: 'TCP', targetPort: port, name: `p${port}` },
  ...fields,
});
const fresh = (manifest: ServiceManifest): WantedService => ({ manifest, existing: undefined });

/** One Service placed; throws with what is wrong with it. */
function placed(wanted: WantedService, others: readonly ServiceManifest[] = [], from = pool): ServiceManifest {
  const [one] = planServiceAddresses([wanted], others, from);
  if (one === undefined || one.problems.length > 0) throw new Error(one?.problems.map(({ message }) => message).join());
  return one.manifest;
}
const create = (spec: Partial<ServiceSpec>, from = pool): ServiceSpec =>
  placed(fresh(aService('web', spec)), [], from).spec;
const nodePorts = ({ ports = [] }: ServiceSpec) => ports.map(({ nodePort }) => nodePort);

describe('a new Service', () => {
  test('gets one address of the range, IPv4 though there is IPv6 too', () => {
    const { clusterIP = '', clusterIPs, ipFamilies, ipFamilyPolicy } = create({}, dual);
    expect(offsetIn(cidrOf(dual.ranges.services4), clusterIP)).toBeGreaterThan(255n);
    expect({ clusterIPs, ipFamilies, ipFamilyPolicy }).toEqual({
      ...{ clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    });
  });

  test('gets the address that it asks for', () => {
    expect(create({ clusterIP: '10.99.128.77' }).clusterIPs).toEqual(['10.99.128.77']);
  });

  test('of a name gets the same address each time, where it is free', () => {
    const { clusterIP = '' } = create({});
    expect(create({}).clusterIP).toBe(clusterIP);
    const other = aService('other', { clusterIP });
    expect(placed(fresh(aService('web')), [other]).spec.clusterIP).not.toBe(clusterIP);
  });

  test.each<[string, Partial<ServiceSpec>, ServicePool, readonly string[] | undefined]>([
    ['both families where it prefers both', { ipFamilyPolicy: 'PreferDualStack' }, dual, ['IPv4', 'IPv6']],
    ['what there is where it prefers both', { ipFamilyPolicy: 'PreferDualStack' }, pool, ['IPv4']],
    [
      'IPv6 first where it says so',
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
      dual,
      ['IPv6', 'IPv4'],
    ],
    ['both where it names both', { ipFamilies: ['IPv6', 'IPv4'] }, dual, ['IPv6', 'IPv4']],
    ['IPv6 alone', { ipFamilies: ['IPv6'] }, dual, ['IPv6']],
    ['the family of its address', { clusterIP: 'fd00:0:0:1::5' }, dual, ['IPv6']],
    ['families without addresses when it is headless', { clusterIP: 'None' }, pool, ['IPv4']],
    ['nothing of it as an ExternalName', { type: 'ExternalName', externalName: 'a.b' }, pool, undefined],
  ])('has %s', (_, spec, from, families) => {
    const { ipFamilies, clusterIPs } = create(spec, from);
    expect(ipFamilies).toEqual(families);
    if (spec.clusterIP !== 'None')
      expect(clusterIPs?.map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4'))).toEqual(families);
  });

  test.each<[string, Partial<ServiceSpec>, string]>([
    ['outside of the range', { clusterIP: '10.0.0.1' }, 'is not in the range of Services, 10.99.128.0/17'],
    [
      'that is the range’s own',
      { clusterIP: '10.99.128.0' },
      'is the first address of 10.99.128.0/17, which nobody gets',
    ],
    ['that is the last', { clusterIP: '10.99.255.255' }, 'is the last address of 10.99.128.0/17, which nobody gets'],
    ['of the resolver', { clusterIP: '10.99.128.10' }, 'is in use by podd’s resolver'],
    [
      'of IPv6 where there is none',
      { clusterIP: 'fd00:0:0:1::5' },
      'is not in the range of Services, which has no IPv6',
    ],
    [
      'of both families where there is one',
      { ipFamilyPolicy: 'RequireDualStack' },
      'Services have no IPv6 addresses here',
    ],
    ['of a family that is not there', { ipFamilies: ['IPv6'] }, 'Services have no IPv6 addresses here'],
  ])('is refused an address %s', (_, spec, message) => {
    expect(() => create(spec)).toThrow(message);
  });

  test('is told who has the address that it asks for', () => {
    const other = aService('db', { clusterIP: '10.99.128.77' });
    expect(() => placed(fresh(aService('web', { clusterIP: '10.99.128.77' })), [other])).toThrow(
      'is in use by service default/db',
    );
  });

  test.each([
    ['the resolver', ['192.0.2.9', '10.99.128.10']],
    ['another Service', ['10.99.200.1']],
    ['a pod', ['10.99.0.7']],
    ['a pod, IPv6', ['fd00:0::7']],
  ])('cannot take the address of %s by externalIPs', (_, externalIPs) => {
    expect(() => create({ externalIPs }, dual)).toThrow('must not be of the pods’ or Services’ own ranges');
  });

  test('has externalIPs of the machine and of others', () => {
    expect(create({ externalIPs: ['192.0.2.9', '2001:db8::9'] }, dual).externalIPs).toHaveLength(2);
  });

  test('is told that the range is exhausted, and by whom', () => {
    const others = ['a', 'b', 'c', 'd', 'e'].map((name, index) => aService(name, { clusterIP: `10.0.0.${index + 1}` }));
    expect(() => placed(fresh(aService('web')), others, tiny)).toThrow(
      'no free address in 10.0.0.0/29: 6 of 6 in use, by podd’s resolver, service default/a, service default/b and 3 more',
    );
    expect(placed(fresh(aService('web')), others.slice(1), tiny).spec.clusterIP).toBe('10.0.0.1');
  });
});

describe('ports of the machine', () => {
  test('are chosen in the upper part of the range, one for each port', () => {
    const [first = 0, second = 0] = nodePorts(create({ type: 'NodePort', ports: [aPort(80), aPort(443)] }));
    for (const port of [first, second]) expect(30_086 <= port && port <= 32_767).toBe(true);
    expect(first).not.toBe(second);
  });

  test.each<[string, Partial<ServiceSpec>, number]>([
    ['LoadBalancer', { type: 'LoadBalancer' }, 1],
    ['LoadBalancer that wants none', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, 0],
    ['ClusterIP', {}, 0],
  ])('type %s: %j', (_, spec, count) => {
    expect(nodePorts(create(spec)).filter((port) => port !== undefined)).toHaveLength(count);
  });

  test('one number serves two protocols', () => {
    const ports = [aPort(53, { nodePort: 30053 }), aPort(53, { name: 'u', protocol: 'UDP', nodePort: 30053 })];
    expect(nodePorts(create({ type: 'NodePort', ports }))).toEqual([30053, 30053]);
  });

  test.each([
    [30080, 'is in use by service default/db'],
    [80, 'must be between 30000 and 32767'],
  ])('%s is refused: %s', (nodePort, message) => {
    const other = aService('db', { type: 'NodePort', ports: [aPort(1, { nodePort: 30080 })] });
    const wanted = fresh(aService('web', { type: 'NodePort', ports: [aPort(80, { nodePort })] }));
    expect(() => placed(wanted, [other])).toThrow(message);
  });
});

describe('a Service that is applied again', () => {
  const again = (before: Partial<ServiceSpec>, after: Partial<ServiceSpec>, from = dual) => {
    const existing = placed(fresh(aService('web', before)), [], from);
    return { before: existing.spec, after: placed({ manifest: aService('web', after), existing }, [], from).spec };
  };

  test.each<[string, Partial<ServiceSpec>]>([
    ['as it was', {}],
    ['of type NodePort', { type: 'NodePort' }],
    ['with both families', { ipFamilyPolicy: 'PreferDualStack' }],
    ['headless', { clusterIP: 'None' }],
    ['with an address of its own', { clusterIP: '10.99.128.77' }],
    ['IPv6', { ipFamilies: ['IPv6'] }],
  ])('%s is the same', (_, spec) => {
    const { before, after } = again(spec, spec);
    expect(after).toEqual(before);
  });

  test('keeps the ports that stay, and lets go of the others', () => {
    const { before, after } = again(
      { type: 'NodePort', ports: [aPort(80), aPort(443)] },
      { type: 'LoadBalancer', ports: [aPort(8080), aPort(443, { name: 'renamed' })] },
    );
    expect(nodePorts(after)[1]).toBe(nodePorts(before)[1]);
    expect(nodePorts(again({ type: 'NodePort' }, {}).after)).toEqual([undefined]);
  });

  test('gets a second address when it asks for both families, and keeps the first', () => {
    const { before, after } = again({}, { ipFamilyPolicy: 'PreferDualStack' });
    expect(after.clusterIPs).toEqual([before.clusterIP, expect.stringMatching(/^fd00:0:0:1::/)]);
  });

  test('lets go of the second when it no longer asks for both', () => {
    const { before, after } = again({ ipFamilyPolicy: 'PreferDualStack' }, {});
    expect([after.clusterIPs, after.ipFamilyPolicy]).toEqual([[before.clusterIP], 'SingleStack']);
  });

  test('keeps an address that is in no range any more', () => {
    const existing = aService('web', { clusterIP: '192.168.7.7', ipFamilies: ['IPv4'] });
    expect(placed({ manifest: aService('web'), existing }).spec.clusterIP).toBe('192.168.7.7');
    expect(placed({ manifest: aService('web', { clusterIP: '192.168.7.7' }), existing }).spec.clusterIP).toBe(
      '192.168.7.7',
    );
  });

  test('becomes an ExternalName and lets go of all', () => {
    const { after } = again({ type: 'NodePort' }, { type: 'ExternalName', externalName: 'a.b' });
    expect([after.clusterIP, nodePorts(after)]).toEqual([undefined, [undefined]]);
  });
});

test('what is asked for by number goes before what is chosen, whatever the order', () => {
  const { clusterIP = '' } = create({});
  const asking = fresh(aService('asking', { clusterIP }));
  const [web, asked] = planServiceAddresses([fresh(aService('web')), asking], [], pool);
  expect(asked?.manifest.spec.clusterIP).toBe(clusterIP);
  expect(web?.problems).toEqual([]);
  expect(web?.manifest.spec.clusterIP).not.toBe(clusterIP);
});

test('two that ask for the same: the second is told', () => {
  const wanted = ['a', 'b'].map((name) => fresh(aService(name, { clusterIP: '10.99.128.77' })));
  const problems = planServiceAddresses(wanted, [], pool).map((one) => one.problems.map(({ message }) => message));
  expect(problems).toEqual([[], [expect.stringContaining('is in use by service default/a')]]);
});

/** Applies and deletes as they come; what is refused changes nothing. */
test('no two Services have one address or port, whatever is applied and deleted', () => {
  const spec = fc.record(
    {
      type: fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const),
      ipFamilyPolicy: fc.constantFrom('SingleStack' as const, 'PreferDualStack' as const),
      clusterIP: fc.integer({ min: 0, max: 7 }).map((last) => `10.0.0.${last}`),
      nodePort: fc.integer({ min: 29_999, max: 30_003 }),
    },
    { requiredKeys: ['type'] },
  );
  const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), spec: fc.option(spec) });
  const from = { ...tiny, ranges: { ...tiny.ranges, services6: 'fd00::/125' } };
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 12 }), (rounds) => {
      let kept: readonly ServiceManifest[] = [];
      for (const round of rounds) kept = applyRound(kept, round, from);
      const addresses = kept.flatMap(({ spec: { clusterIPs = [] } }) => clusterIPs);
      const ports = kept.flatMap((service) => nodePorts(service.spec)).filter((port) => port !== undefined);
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(new Set(ports).size).toBe(ports.length);
      expect(addresses).not.toContain(from.dnsAddress);
      expect(
        kept.every(({ spec: { clusterIP = '' } }) => offsetIn(cidrOf('10.0.0.0/29'), clusterIP) !== undefined),
      ).toBe(true);
    }),
  );
});

interface Step {
  readonly name: string;
  readonly spec: (Partial<ServiceSpec> & { readonly nodePort?: number }) | null;
}

function applyRound(
  kept: readonly ServiceManifest[],
  round: readonly Step[],
  from: ServicePool,
): readonly ServiceManifest[] {
  const steps = [...new Map(round.map((step) => [step.name, step])).values()];
  const find = (name: string) => kept.find(({ metadata }) => metadata.name === name);
  const wanted = steps.flatMap(({ name, spec }): WantedService[] => {
    if (spec === null) return [];
    const { nodePort, clusterIP, ...rest } = spec;
    const port = nodePort === undefined || rest.type === 'ClusterIP' ? aPort(80) : aPort(80, { nodePort });
    const existing = find(name);
    // An address that is there cannot be changed: that is refused before.
    const address = existing === undefined && clusterIP !== undefined ? { clusterIP } : {};
    return [{ manifest: aService(name, { ...rest, ...address, ports: [port] }), existing }];
  });
  const touched = new Set(steps.map(({ name }) => name));
  const others = kept.filter(({ metadata }) => !touched.has(metadata.name));
  const planned = planServiceAddresses(wanted, others, from);
  return planned.some(({ problems }) => problems.length > 0)
    ? kept
    : [...others, ...planned.map(({ manifest }) => manifest)];
}
