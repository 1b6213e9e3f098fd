/** NetworkPolicy as the API's documentation words it, packet by packet and without any planning: what plans and kernels are measured by. */
import { BlockList, isIPv6 } from 'node:net';
import type { AllowState, IsolationState, TransportProtocol } from '../../src/model/network.ts';
import type { NetworkPod } from '../../src/model/network-pod.ts';
import type { NetworkPolicyManifest } from '../../src/model/object-manifest.ts';
import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../../src/model/service-spec.ts';

/** The first packet of a connection, after all translation of addresses. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
}

/** What Kubernetes promises of a packet that comes from a pod or from outside of the machine. */
export function isPermitted(
  policies: readonly NetworkPolicyManifest[],
  pods: readonly NetworkPod[],
  packet: Packet,
): boolean {
  const source = podOf(packet.source, pods);
  const destination = podOf(packet.destination, pods);
  if (source !== undefined && source === destination) return true;
  return (
    isPermittedFor('Egress', source, destination, policies, packet) &&
    isPermittedFor('Ingress', destination, source, policies, packet)
  );
}

function podOf(address: string, pods: readonly NetworkPod[]): NetworkPod | undefined {
  return pods.find((pod) => !pod.hostNetwork && [pod.addresses?.ipv4, pod.addresses?.ipv6].includes(address));
}

function isPermittedFor(
  type: 'Ingress' | 'Egress',
  pod: NetworkPod | undefined,
  peer: NetworkPod | undefined,
  policies: readonly NetworkPolicyManifest[],
  packet: Packet,
): boolean {
  if (pod === undefined) return true;
  const isolating = policies.filter(
    ({ metadata, spec }) =>
      (metadata.namespace ?? 'default') === pod.namespace &&
      selects(spec?.podSelector ?? {}, pod.labels) &&
      typesOf(spec).includes(type),
  );
  const peerAddress = type === 'Ingress' ? packet.source : packet.destination;
  const permits = ({ metadata, spec }: NetworkPolicyManifest): boolean => {
    const rules =
      type === 'Ingress'
        ? (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from ?? [], ports: ports ?? [] }))
        : (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to ?? [], ports: ports ?? [] }));
    return rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 || peers.some((entry) => isPeer(entry, metadata.namespace, peer, peerAddress))) &&
        (ports.length === 0 || ports.some((port) => isPort(port, packet, type === 'Ingress' ? pod : peer))),
    );
  };
  return isolating.length === 0 || isolating.some(permits);
}

function typesOf(spec: NetworkPolicyManifest['spec']): readonly string[] {
  if (spec?.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes;
  return spec?.egress !== undefined && spec.egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function isPeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  namespace = 'default',
  peer: NetworkPod | undefined,
  address: string,
): boolean {
  if (ipBlock !== undefined) return isIn(ipBlock.cidr, address) && !ipBlock.except?.some((part) => isIn(part, address));
  if (peer === undefined) return false;
  const inNamespace =
    namespaceSelector === undefined
      ? peer.namespace === namespace
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': peer.namespace });
  return inNamespace && selects(podSelector ?? {}, peer.labels);
}

function isPort(
  { protocol = 'TCP', port, endPort }: NetworkPolicyPort,
  packet: Packet,
  served: NetworkPod | undefined,
): boolean {
  if (packet.protocol !== protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return packet.port >= port && packet.port <= (endPort ?? port);
  return (served?.ports ?? []).some(
    ({ name, containerPort, protocol: its }) => name === port && its === protocol && containerPort === packet.port,
  );
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const expressions = matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
  return expressions && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

/** What the planned states let through: the packet has to leave its source and to arrive. */
export function passes(isolations: readonly IsolationState[], packet: Packet): boolean {
  const { source, destination } = packet;
  if (source === destination) return true;
  return isolations.every(({ addresses, direction, allows }) => {
    const [own, peer] = direction === 'egress' ? [source, destination] : [destination, source];
    const isSubject = own === addresses.ipv4 || own === addresses.ipv6;
    return !isSubject || allows.some((allow) => isAllowed(allow, peer, packet));
  });
}

function isAllowed({ peers, ports }: AllowState, peer: string, { protocol, port }: Packet): boolean {
  const isPeerOf =
    peers === undefined ||
    peers.some(({ cidr, except }) => isIn(cidr, peer) && !except.some((part) => isIn(part, peer)));
  const isPortOf = ports?.some(
    (range) =>
      range.protocol === protocol &&
      (range.from === undefined || (port >= range.from && port <= (range.to ?? range.from))),
  );
  return isPeerOf && (isPortOf ?? true);
}

const blocks = new Map<string, BlockList>();

function isIn(cidr: string, address: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const known = blocks.get(cidr);
  const block = known ?? new BlockList();
  if (known === undefined) {
    block.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
    blocks.set(cidr, block);
  }
  return isIPv6(network) === isIPv6(address) && block.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
