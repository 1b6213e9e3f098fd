/**
 * The words of the pod network. Each pod has one link, a routed veth pair (no bridge): `eth0` in the pod with a /32 and a /128, its
 * peer on the machine, a route to each address. What one nftables table, the resolver and the userland proxy do for all pods
 * together is a NetworkState: plain data, planned out of pods, Services and NetworkPolicies.
 */

export const transportProtocols = ['TCP', 'UDP', 'SCTP'] as const;
export type TransportProtocol = (typeof transportProtocols)[number];

/** Below it are the names of pods and Services: `web.default.svc.cluster.local`. */
export const clusterDomain = 'cluster.local';

/** Without prefix length, in the shortest form (`10.99.0.5`, `fd12:3456:789a::5`). IPv6 is there where the ranges have it. */
export interface AddressPair {
  readonly ipv4: string;
  readonly ipv6?: string;
}

/** CIDR blocks in the shortest form, network address first; IPv6 both or neither. */
export interface NetworkRanges {
  readonly pods4: string;
  readonly pods6?: string;
  /** of Services' ClusterIPs */
  readonly services4: string;
  readonly services6?: string;
}

/** What is fixed for one podd as long as it runs. */
export interface NetworkSettings {
  readonly ranges: NetworkRanges;
  /** nftables table of family inet: `podctl`, or `podctl_<8 hex digits>` for another run directory */
  readonly table: string;
  /** 6 characters, all of the instance's links on the machine begin with it: `pc` and 4 hex digits */
  readonly linkPrefix: string;
  /** the resolver's, out of the Services' IPv4 range; a local route leads to it */
  readonly dnsAddress: string;
  readonly clusterDomain: string;
  /** of this machine towards its default route; what status.hostIP says; empty: none */
  readonly hostAddresses: readonly string[];
}

/** kubernetes.io/ingress-bandwidth and egress-bandwidth, bits per second, as seen from the pod. */
export interface Bandwidth {
  readonly ingressBps?: number;
  readonly egressBps?: number;
}

/** One pod's link, decided: the zygote makes it with the pod's network namespace, podd repairs it. */
export interface PodLinkPlan {
  /** at most 15 characters: the linkPrefix and 9 hex digits */
  readonly hostLink: string;
  /** IFLA_IFALIAS of the machine's end, for people and to know it again: `podctl <namespace>/<pod> <uid>` */
  readonly alias: string;
  readonly addresses: AddressPair;
  /** locally administered, of the two ends; neighbours are entered for good, so nothing is ever asked by ARP or ND */
  readonly hostMac: string;
  readonly podMac: string;
  /** source of what the machine itself sends to the pod: settings.dnsAddress, the machine's whatever becomes of its other links */
  readonly machineAddress: string;
  /** bytes; that of the machine's way out */
  readonly mtu: number;
  /** whether 127.0.0.1 may lead here: only where the table keeps the pod from the machine's own loopback */
  readonly routeLocalnet: boolean;
  readonly bandwidth?: Bandwidth;
}

export interface Endpoint {
  readonly addresses: AddressPair;
  readonly port: number;
}

/** A port of the machine that leads to a pod. */
export interface HostPortState {
  readonly protocol: TransportProtocol;
  readonly hostPort: number;
  /** absent: every address of the machine */
  readonly hostIP?: string;
  readonly target: Endpoint;
  /** `<namespace>/<name>` */
  readonly pod: string;
}

export interface ServicePortState {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** on every address of the machine */
  readonly nodePort?: number;
  /** of the pods that are ready, in the order of their names; empty: refused */
  readonly endpoints: readonly Endpoint[];
}

/** A Service that has addresses of its own. */
export interface ServiceState {
  readonly namespace: string;
  readonly name: string;
  /** ClusterIPs of one or both families, and externalIPs */
  readonly ips: readonly string[];
  readonly ports: readonly ServicePortState[];
  /** sessionAffinity ClientIP: so long after its last packet a client gets the same endpoint */
  readonly affinitySeconds?: number;
}

/** Who may talk: a block of addresses without some of its parts, in the shortest form. A selected pod is /32 and /128. */
export interface PeerBlock {
  readonly cidr: string;
  readonly except: readonly string[];
}

export interface PortRange {
  readonly protocol: TransportProtocol;
  /** absent: all ports */
  readonly from?: number;
  /** inclusive */
  readonly to?: number;
}

/** What one rule lets through. */
export interface AllowState {
  /** absent: whoever */
  readonly peers?: readonly PeerBlock[];
  /** absent: every protocol and port; of ingress those of the pod, of egress those of the peer */
  readonly ports?: readonly PortRange[];
}

/** A pod that NetworkPolicies select: in that direction only this passes, and answers to what passed. */
export interface IsolationState {
  readonly pod: string;
  readonly addresses: AddressPair;
  readonly direction: 'ingress' | 'egress';
  readonly allows: readonly AllowState[];
}

/** What the machine is to do for all pods together. Lists are in a fixed order: equal states are equal as JSON. */
export interface NetworkState {
  readonly hostPorts: readonly HostPortState[];
  readonly services: readonly ServiceState[];
  readonly isolations: readonly IsolationState[];
}
