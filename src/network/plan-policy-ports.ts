/** What the ports of a NetworkPolicy's rule come to. */
import type { PortRange, TransportProtocol } from '../model/network.ts';
import { transportProtocols } from '../model/network.ts';
import type { PortSpec } from '../model/pod-spec.ts';
import type { NetworkPolicyPort } from '../model/service-spec.ts';

/** The port of that name and protocol as a pod's containers have it; more than one where several containers do. */
export function portsOfName({ port, protocol = 'TCP' }: NetworkPolicyPort, ports: readonly PortSpec[]): PortRange[] {
  return ports
    .filter((candidate) => candidate.name === port && candidate.protocol === protocol)
    .map(({ containerPort }) => ({ protocol, from: containerPort, to: containerPort }));
}

/** A port that is no name. */
export function numberedPort({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort): PortRange {
  return typeof port === 'number' ? { protocol, from: port, to: endPort ?? port } : { protocol };
}

export const isNamed = ({ port }: NetworkPolicyPort): boolean => typeof port === 'string';

/** The same ports in as few ranges as there can be, in one order; each has both ends, or is all of its protocol. */
export function mergePorts(ranges: readonly PortRange[]): readonly PortRange[] {
  return transportProtocols.flatMap((protocol) => mergeOf(protocol, ranges));
}

function mergeOf(protocol: TransportProtocol, all: readonly PortRange[]): readonly PortRange[] {
  const ranges = all.filter((range) => range.protocol === protocol);
  if (ranges.some(({ from }) => from === undefined)) return [{ protocol }];
  const merged: { protocol: TransportProtocol; from: number; to: number }[] = [];
  const inOrder = ranges.map(({ from = 0, to = from }) => ({ from, to })).sort((a, b) => a.from - b.from);
  for (const { from, to } of inOrder) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else merged.push({ protocol, from, to });
  }
  return merged;
}
