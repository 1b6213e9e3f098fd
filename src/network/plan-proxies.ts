/** What podnet serves because the kernel does not. Pure. */
import type { HostPortState, NetworkSettings, NetworkState, ServiceState } from '../model/network.ts';
import type { ProxiedPort } from '../protocol/podnet.ts';

/**
 * With nftables `::1` alone: packets from there cannot be led to another link. Without it every hostPort, NodePort and Service.
 * podnet knows neither SCTP nor sessionAffinity.
 */
export function planProxies(state: NetworkState, mode: 'nftables' | 'userland'): readonly ProxiedPort[] {
  const isUserland = mode === 'userland';
  const everywhere = isUserland ? ['0.0.0.0', '::'] : ['::1'];
  return [
    ...state.hostPorts.flatMap((port) => hostPortProxies(port, everywhere, isUserland)),
    ...state.services.flatMap((service) => serviceProxies(service, everywhere, isUserland)),
  ];
}

function hostPortProxies(
  { protocol, hostPort, hostIP, target }: HostPortState,
  everywhere: readonly string[],
  isUserland: boolean,
): readonly ProxiedPort[] {
  if (protocol === 'SCTP') return [];
  const proxy = (address: string): ProxiedPort => ({ protocol, address, port: hostPort, endpoints: [target] });
  if (hostIP === undefined) return everywhere.map(proxy);
  if (isUserland || hostIP === '::1') return [proxy(hostIP)];
  return hostIP === '::' ? [proxy('::1')] : [];
}

function serviceProxies(
  { ips, ports }: ServiceState,
  everywhere: readonly string[],
  isUserland: boolean,
): readonly ProxiedPort[] {
  return ports.flatMap(({ protocol, port, nodePort, endpoints }) => {
    if (protocol === 'SCTP') return [];
    const nodes = nodePort === undefined ? [] : everywhere.map((address) => ({ address, port: nodePort }));
    const own = isUserland ? ips.map((address) => ({ address, port })) : [];
    return [...own, ...nodes].map((place) => ({ protocol, ...place, endpoints }));
  });
}

/** Blocks that are this machine's own: the resolver's address, and without nftables all of the Services', which podnet answers for then. */
export function planMachineRoutes(
  { dnsAddress, ranges: { services4, services6 } }: NetworkSettings,
  mode: 'nftables' | 'userland',
): readonly string[] {
  if (mode === 'nftables') return [`${dnsAddress}/32`];
  return services6 === undefined ? [services4] : [services4, services6];
}
