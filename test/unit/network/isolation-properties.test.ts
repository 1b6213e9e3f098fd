import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transportProtocols } from '../../../src/model/network.ts';
import type { NetworkPod } from '../../../src/model/network-pod.ts';
import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../../../src/model/service-spec.ts';
import { planIsolations } from '../../../src/network/plan-isolations.ts';
import { isPermitted, type Packet, passes } from '../../support/policy-reference.ts';
import { aNetworkPod, aPolicy } from './a-policy.ts';

const namespaces = ['default', 'other', 'third'];
const portNumbers = [53, 80, 81, 443];
const portNames = ['http', 'dns'];
const values = ['x', 'y'];
const namespaceKey = 'kubernetes.io/metadata.name';

const protocol = fc.constantFrom(...transportProtocols);

/** Each field there or not; never undefined, as in a manifest. */
const optionally = <T extends Readonly<Record<string, fc.Arbitrary<unknown>>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<{
    [K in keyof T]?: T[K] extends fc.Arbitrary<infer U> ? U : never;
  }>;

function selectorOver(keys: readonly string[], words: readonly string[]): fc.Arbitrary<LabelSelector> {
  const key = fc.constantFrom(...keys);
  const set = fc.record({
    key,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 }),
  });
  const presence = fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) });
  return optionally({
    matchLabels: fc.dictionary(key, fc.constantFrom(...words), { maxKeys: 1 }),
    matchExpressions: fc.array(fc.oneof(set, presence), { maxLength: 1 }),
  });
}

const podSelector = selectorOver(['app', 'tier'], values);
const namespaceSelector = selectorOver([namespaceKey, 'team'], [...namespaces, 'x']);

const ipBlock = fc.constantFrom(
  { cidr: '0.0.0.0/0' },
  { cidr: '::/0', except: ['fd00::/126'] },
  { cidr: '10.99.0.0/29', except: ['10.99.0.2/31', '10.99.0.5/32'] },
  { cidr: '192.0.2.0/24', except: [] },
  { cidr: 'fd00::/64', except: ['fd00::4/127'] },
);
const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector, namespaceSelector }),
  fc.record({ ipBlock }),
);
const policyPort: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  optionally({ protocol, port: fc.constantFrom<number | string>(...portNumbers, ...portNames) }),
  fc.constantFrom({ port: 53, endPort: 80 }, { port: 80, endPort: 80, protocol: 'UDP' as const }),
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(policyPort, { maxLength: 2 });

const policy = fc
  .tuple(
    fc.constantFrom(...namespaces),
    fc.option(
      optionally({
        podSelector,
        policyTypes: fc.subarray<'Ingress' | 'Egress'>(['Ingress', 'Egress']),
        ingress: fc.array(optionally({ from: peers, ports }), { maxLength: 2 }),
        egress: fc.array(optionally({ to: peers, ports }), { maxLength: 2 }),
      }),
      { nil: undefined, freq: 20 },
    ),
  )
  .map(([namespace, spec]) => aPolicy(spec, namespace === 'default' ? {} : { namespace }));

const podShape = fc.record({
  namespace: fc.constantFrom(...namespaces),
  labels: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom(...values)),
  hostNetwork: fc.integer({ max: 5, min: 0 }).map((dice) => dice === 0),
  isSingle: fc.boolean(),
  ports: fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...portNames), containerPort: fc.constantFrom(...portNumbers), protocol }),
    { maxLength: 3, selector: ({ name, containerPort }) => `${name} ${containerPort}` },
  ),
});
const podList = fc.array(podShape, { minLength: 1, maxLength: 6 }).map((shapes) =>
  shapes.map(({ isSingle, ...shape }, index): NetworkPod => {
    const { addresses, ...pod } = aNetworkPod(`pod-${index}`, index + 1, shape);
    if (pod.hostNetwork || addresses === undefined) return pod;
    return { ...pod, addresses: isSingle ? { ipv4: addresses.ipv4 } : addresses };
  }),
);

const outside = ['192.0.2.7', '203.0.113.9', '10.99.0.7', '2001:db8::1', 'fd00::7'];

/** Between all pods and the world, each way, on every port and protocol. */
function packetsAmong(pods: readonly NetworkPod[]): readonly Packet[] {
  const own = pods.flatMap(({ addresses }) =>
    addresses ? [addresses.ipv4, ...(addresses.ipv6 ? [addresses.ipv6] : [])] : [],
  );
  const places = [...own, ...outside];
  return places.flatMap((source) =>
    places
      .filter((destination) => source.includes(':') === destination.includes(':'))
      .flatMap((destination) =>
        [...portNumbers, 60].flatMap((port) =>
          transportProtocols.map((of) => ({ source, destination, protocol: of, port })),
        ),
      ),
  );
}

describe('isolations', () => {
  test('let through exactly what the policies permit', () => {
    let permitted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 4 }), podList, (policies, pods) => {
        const isolations = planIsolations(policies, pods);
        for (const packet of packetsAmong(pods)) {
          const verdict = isPermitted(policies, pods, packet);
          if (verdict) permitted += 1;
          else refused += 1;
          expect(passes(isolations, packet), JSON.stringify(packet)).toBe(verdict);
        }
      }),
      { numRuns: 150 },
    );
    // otherwise the comparison says nothing
    expect(Math.min(permitted, refused)).toBeGreaterThan((permitted + refused) / 20);
  });

  test('are the same whatever the order of policies and pods', () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 4 }), podList, (policies, pods) => {
        expect(JSON.stringify(planIsolations([...policies].reverse(), [...pods].reverse()))).toBe(
          JSON.stringify(planIsolations(policies, pods)),
        );
      }),
    );
  });
});
