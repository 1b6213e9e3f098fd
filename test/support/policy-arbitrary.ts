/** NetworkPolicies at random: of few words, so that selectors, names and numbers meet often. */
import fc from 'fast-check';
import { transportProtocols } from '../../src/model/network.ts';
import type { NetworkPolicyManifest } from '../../src/model/object-manifest.ts';
import type { PortSpec } from '../../src/model/pod-spec.ts';
import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../../src/model/service-spec.ts';
import { aPolicy } from './policy-builders.ts';

type Block = NonNullable<NetworkPolicyPeer['ipBlock']>;

export const namespaces = ['default', 'other', 'third'];
/** Those that rules name. */
export const portNumbers = [53, 80, 81, 443];
export const portNames = ['http', 'dns'];
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

const policyPort: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  optionally({ protocol, port: fc.constantFrom<number | string>(...portNumbers, ...portNames) }),
  fc.constantFrom({ port: 53, endPort: 80 }, { port: 80, endPort: 80, protocol: 'UDP' as const }),
);
const ports = fc.array(policyPort, { maxLength: 2 });

/** At most four, whose blocks are some of these. */
export function somePolicies(blocks: readonly Block[]): fc.Arbitrary<readonly NetworkPolicyManifest[]> {
  const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
    fc.record({ podSelector }),
    fc.record({ namespaceSelector }),
    fc.record({ podSelector, namespaceSelector }),
    fc.record({ ipBlock: fc.constantFrom(...blocks) }),
  );
  const peers = fc.array(peer, { maxLength: 2 });
  const spec = optionally({
    podSelector,
    policyTypes: fc.subarray<'Ingress' | 'Egress'>(['Ingress', 'Egress']),
    ingress: fc.array(optionally({ from: peers, ports }), { maxLength: 2 }),
    egress: fc.array(optionally({ to: peers, ports }), { maxLength: 2 }),
  });
  const policy = fc
    .tuple(fc.constantFrom(...namespaces), fc.option(spec, { nil: undefined, freq: 20 }))
    .map(([namespace, written]) => aPolicy(written, namespace === 'default' ? {} : { namespace }));
  return fc.array(policy, { maxLength: 4 });
}

export const someLabels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom(...values));

/** Of each name, number and protocol not two alike. */
export const somePorts: fc.Arbitrary<readonly PortSpec[]> = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...portNames), containerPort: fc.constantFrom(...portNumbers), protocol }),
  { maxLength: 3, selector: ({ name, containerPort }) => `${name} ${containerPort}` },
);
