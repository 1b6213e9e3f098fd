/**
 * UDP has no end: conntrack leads the packets of a client that keeps sending to where its first one went, a pod that is gone too, or
 * past a port that leads to a pod only since. Such flows have to be ended when what ports lead to changes. Pure.
 */
import type { Endpoint, HostPortState, NetworkState, ServiceState } from '../model/network.ts';
import type { UdpFlow } from '../model/udp-flow.ts';

/** Where a UDP port leads: `<address>|<port>` of who is asked (`*`: any address of this machine) → `<address>|<port>` of who answers. */
export type UdpFronts = ReadonlyMap<string, ReadonlySet<string>>;

export function planUdpFronts({ hostPorts, services }: NetworkState): UdpFronts {
  const fronts = new Map<string, Set<string>>();
  for (const { address, port, endpoints } of [
    ...hostPorts.flatMap(hostPortFronts),
    ...services.flatMap(serviceFronts),
  ]) {
    const front = fronts.get(keyOf(address, port)) ?? new Set<string>();
    fronts.set(keyOf(address, port), front);
    for (const place of endpoints.flatMap(placesOf)) front.add(place);
  }
  return fronts;
}

interface Front {
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
}

function hostPortFronts({ protocol, hostIP, hostPort, target }: HostPortState): readonly Front[] {
  const isAnywhere = hostIP === undefined || hostIP === '0.0.0.0' || hostIP === '::';
  return protocol === 'UDP' ? [{ address: isAnywhere ? '*' : hostIP, port: hostPort, endpoints: [target] }] : [];
}

function serviceFronts({ ips, ports }: ServiceState): readonly Front[] {
  return ports.flatMap(({ protocol, port, nodePort, endpoints }) => {
    if (protocol !== 'UDP') return [];
    const nodes = nodePort === undefined ? [] : [{ address: '*', port: nodePort, endpoints }];
    return [...ips.map((address) => ({ address, port, endpoints })), ...nodes];
  });
}

function placesOf({ addresses: { ipv4, ipv6 }, port }: Endpoint): readonly string[] {
  return [keyOf(ipv4, port), ...(ipv6 === undefined ? [] : [keyOf(ipv6, port)])];
}

/** Ports whose flows have to be looked at. */
export function changedUdpPorts(before: UdpFronts, after: UdpFronts): readonly number[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changed = keys.filter((key) => !isSame(before.get(key), after.get(key)));
  return [...new Set(changed.map((key) => Number(key.split('|')[1])))];
}

/** Flows to one of these ports that go where the port does not lead now. `own`: this machine's addresses. */
export function staleFlows(
  flows: readonly UdpFlow[],
  before: UdpFronts,
  after: UdpFronts,
  own: ReadonlySet<string>,
): readonly UdpFlow[] {
  return flows.filter(({ original, reply }) => {
    const { destination, destinationPort: port } = original;
    const find = (fronts: UdpFronts): ReadonlySet<string> | undefined =>
      fronts.get(keyOf(destination, port)) ?? (isOwn(destination, own) ? fronts.get(keyOf('*', port)) : undefined);
    const answering = keyOf(reply.source, reply.sourcePort);
    const wanted = find(after);
    // Refused where a Service has no endpoints: a flow that goes nowhere does no harm there.
    if (wanted !== undefined && wanted.size > 0) return !wanted.has(answering);
    return find(before)?.has(answering) === true;
  });
}

const isOwn = (address: string, own: ReadonlySet<string>): boolean => own.has(address) || address.startsWith('127.');

const keyOf = (address: string, port: number): string => `${address}|${port}`;

function isSame(one: ReadonlySet<string> | undefined, other: ReadonlySet<string> | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.size === other.size && [...one].every((key) => other.has(key));
}
