import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transportProtocols } from '../../../src/model/network.ts';
import type { NetworkPod } from '../../../src/model/network-pod.ts';
import { planIsolations } from '../../../src/network/plan-isolations.ts';
import { namespaces, portNumbers, someLabels, somePolicies, somePorts } from '../../support/policy-arbitrary.ts';
import { aNetworkPod } from '../../support/policy-builders.ts';
import { isPermitted, type Packet, passes } from '../../support/policy-reference.ts';

const policies = somePolicies([
  { cidr: '0.0.0.0/0' },
  { cidr: '::/0', except: ['fd00::/126'] },
  { cidr: '10.99.0.0/29', except: ['10.99.0.2/31', '10.99.0.5/32'] },
  { cidr: '192.0.2.0/24', except: [] },
  { cidr: 'fd00::/64', except: ['fd00::4/127'] },
]);

const podShape = fc.record({
  namespace: fc.constantFrom(...namespaces),
  labels: someLabels,
  hostNetwork: fc.integer({ max: 5, min: 0 }).map((dice) => dice === 0),
  isSingle: fc.boolean(),
  ports: somePorts,
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
      fc.property(policies, podList, (written, pods) => {
        const isolations = planIsolations(written, pods);
        for (const packet of packetsAmong(pods)) {
          const verdict = isPermitted(written, pods, packet);
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
      fc.property(policies, podList, (written, pods) => {
        expect(JSON.stringify(planIsolations([...written].reverse(), [...pods].reverse()))).toBe(
          JSON.stringify(planIsolations(written, pods)),
        );
      }),
    );
  });
});
