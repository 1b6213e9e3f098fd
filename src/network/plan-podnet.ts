/** What podnet is to serve. Pure. */
import type { NetworkSettings } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { NamedPod, NamedService, PodnetWanted, ProxiedPort } from '../protocol/podnet.ts';
import { parseAddress } from '../util/cidr.ts';
import { byNamespaceAndName, isLinked, type LinkedNetworkPod } from './plan-network-state.ts';

export interface PodnetParts {
  readonly pods: readonly NetworkPod[];
  readonly services: readonly NamedService[];
  readonly proxies: readonly ProxiedPort[];
  /** text of the machine's resolv.conf */
  readonly resolvConf: string;
}

/** The same parts give the same, in whatever order pods come. */
export function planPodnet(settings: NetworkSettings, parts: PodnetParts): PodnetWanted {
  const { dnsAddress, clusterDomain } = settings;
  return {
    dns: {
      address: dnsAddress,
      domain: clusterDomain,
      upstreams: nameservers(parts.resolvConf).filter((server) => server !== dnsAddress),
      pods: parts.pods.filter(isLinked).sort(byNamespaceAndName).map(namedPod),
      services: parts.services,
    },
    proxies: parts.proxies,
  };
}

function namedPod({ namespace, name, hostname, subdomain, addresses }: LinkedNetworkPod): NamedPod {
  return { namespace, name, hostname, ...(subdomain === undefined ? {} : { subdomain }), addresses };
}

/** Addresses alone, each once; one of a zone (`fe80::1%eth0`) is left out. */
function nameservers(text: string): readonly string[] {
  const found = [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map((match) => match[1] ?? '');
  return [...new Set(found)].filter((server) => parseAddress(server) !== undefined);
}
