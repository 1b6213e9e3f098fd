/** `kubectl describe networkpolicy`'s page below its head. */
import { policyTypesOf } from '../model/policy-types.ts';
import type { NetworkPolicyPeer, NetworkPolicyPort } from '../model/service-spec.ts';
import type { NetworkPolicyObject } from '../protocol/objects.ts';
import { formatSelector } from './format-selector.ts';

export function describePolicy({ spec = {} }: NetworkPolicyObject): readonly string[] {
  const { ingress, egress } = spec;
  const policyTypes = policyTypesOf(spec);
  const from = (ingress ?? []).map(({ from: peers, ports }) => rule({ peers, ports, side: 'From' }));
  const to = (egress ?? []).map(({ to: peers, ports }) => rule({ peers, ports, side: 'To' }));
  return [
    'Spec:',
    `  PodSelector:     ${formatSelector(spec.podSelector, everyPod)}`,
    ...direction('ingress', policyTypes.includes('Ingress'), from),
    ...direction('egress', policyTypes.includes('Egress'), to),
    `  Policy Types: ${policyTypes.join(', ')}`,
  ];
}

const everyPod = '<none> (Allowing the specific traffic to all pods in this namespace)';

function direction(name: 'ingress' | 'egress', isIsolated: boolean, rules: readonly (readonly string[])[]): string[] {
  if (!isIsolated) return [`  Not affecting ${name} traffic`];
  const lines =
    rules.length === 0
      ? [`<none> (Selected pods are isolated for ${name} connectivity)`]
      : rules.flatMap((one, index) => (index === 0 ? one : ['----------', ...one]));
  return [`  Allowing ${name} traffic:`, ...lines.map((line) => `    ${line}`)];
}

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly side: 'From' | 'To';
}

function rule({ peers = [], ports = [], side }: Rule): readonly string[] {
  const end = side === 'From' ? 'source' : 'destination';
  return [
    ...(ports.length === 0 ? ['To Port: <any> (traffic allowed to all ports)'] : ports.map(formatPort)),
    ...(peers.length === 0 ? [`${side}: <any> (traffic not restricted by ${end})`] : []),
    ...peers.flatMap((peer) => [`${side}:`, ...formatPeer(peer).map((line) => `  ${line}`)]),
  ];
}

function formatPort({ port = '<any>', endPort, protocol = 'TCP' }: NetworkPolicyPort): string {
  return `To Port: ${port}${endPort === undefined ? '' : `-${endPort}`}/${protocol}`;
}

function formatPeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): readonly string[] {
  if (ipBlock !== undefined)
    return ['IPBlock:', `  CIDR: ${ipBlock.cidr}`, `  Except: ${ipBlock.except?.join(', ') ?? ''}`.trimEnd()];
  return [
    ...(namespaceSelector === undefined ? [] : [`NamespaceSelector: ${formatSelector(namespaceSelector)}`]),
    ...(podSelector === undefined ? [] : [`PodSelector: ${formatSelector(podSelector)}`]),
  ];
}
