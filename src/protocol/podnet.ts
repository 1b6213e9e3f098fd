/**
 * podd → podnet, the instance's network helper: a process beside podd that lives on without it, so that names resolve (and ports are
 * served where nftables is missing) while podd is down. podd replaces `<run>/network/wanted.json` by rename; podnet watches it.
 *
 *   podd   opens the lock file ─▶ spawns podnet <directory> <version>   fd 3: the lock file, fd 4: a socket to podd
 *   podnet loads, reads wanted.json ─▶ `ready`
 *   podd   ends the podnet that served up to now, locks ─▶ `go`          (without it, podnet ends with the socket)
 *   podnet writes podnet.json, listens ─▶ `serving`, closes the socket
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

/** `<run>/network/podnet.json`: the podnet that serves. */
export interface PodnetRecord {
  readonly pid: number;
  readonly startTicks: number;
  /** of the program; podd replaces another one */
  readonly version: string;
}

/** A socket that podnet cannot listen on now; it tries again by itself. */
export interface PodnetProblem {
  readonly use: 'names' | 'proxy';
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  /** errno name: EADDRINUSE where somebody else has the port */
  readonly code: string;
}

/** `UDP 10.99.128.1 port 53: EADDRINUSE, another process has the port`. */
export function formatPodnetProblem({ protocol, address, port, code }: PodnetProblem): string {
  const meaning = problemMeanings[code];
  return `${protocol} ${address} port ${port}: ${code}${meaning === undefined ? '' : `, ${meaning}`}`;
}

const problemMeanings: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has the port',
  EADDRNOTAVAIL: 'the machine has no such address',
};

/** `<run>/network/podnet-status.json`, replaced whenever it changes. */
export interface PodnetStatus {
  readonly pid: number;
  readonly problems: readonly PodnetProblem[];
}

/** Names of the files in `<run>/network`. */
export const podnetFiles = {
  wanted: 'wanted.json',
  record: 'podnet.json',
  status: 'podnet-status.json',
  lock: 'podnet.lock',
  log: 'podnet.log',
} as const;
