/**
 * podd → podnet, the instance's network helper: a process beside podd that lives on without it, so that names resolve (and ports are
 * served where nftables is missing) while podd is down. podd replaces `<run>/network/wanted.json` by rename; podnet watches it.
 */
import type { AddressPair, Endpoint, TransportProtocol } from '../model/network.ts';

export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
  readonly hostname: string;
  readonly subdomain?: string;
  readonly addresses: AddressPair;
}

export interface NamedService {
  readonly namespace: string;
  readonly name: string;
  /** ClusterIPs; empty: headless or ExternalName */
  readonly ips: readonly string[];
  readonly externalName?: string;
  readonly ports: readonly { readonly name?: string; readonly protocol: TransportProtocol; readonly port: number }[];
  /** of a headless one: pods that are ready (or all, publishNotReadyAddresses) */
  readonly endpoints: readonly {
    readonly hostname?: string;
    readonly addresses: AddressPair;
    /** by name of the Service's port, where a container's port of that name differs */
    readonly ports: readonly { readonly name?: string; readonly protocol: TransportProtocol; readonly port: number }[];
  }[];
}

/** A socket that podnet accepts on and hands over to one of the endpoints, in turn. */
export interface ProxiedPort {
  readonly protocol: 'TCP' | 'UDP';
  /** `0.0.0.0`, `::`, or an address */
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
}

export interface PodnetWanted {
  readonly dns: {
    readonly address: string;
    readonly domain: string;
    /** of the machine's /etc/resolv.conf */
    readonly upstreams: readonly string[];
    readonly pods: readonly NamedPod[];
    readonly services: readonly NamedService[];
  };
  readonly proxies: readonly ProxiedPort[];
}
