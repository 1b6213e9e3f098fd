/** Names inside of a pod: its hostname, and what /etc/hosts and /etc/resolv.conf are made of. */
import { clusterDomain } from '../model/network.ts';
import type { ContainerSpec, DnsSpec, NamesSpec, PodSpec } from '../model/pod-spec.ts';
import type { PodInput } from './schema.ts';

type Spec = PodInput['spec'];

/** What the kernel calls the pod, and what others call it where that is another name. */
export function podHostnames(
  spec: Spec,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Pick<PodSpec, 'hostname' | 'shortHostname'> {
  const shortHostname = spec.hostname || defaultHostname(name);
  const fqdn = fullHostname(spec, { name, namespace });
  const hostname = spec.hostnameOverride || (spec.setHostnameAsFQDN === true ? fqdn : shortHostname);
  return hostname === shortHostname ? { hostname } : { hostname, shortHostname };
}

/** The whole name of a pod with a subdomain; of another its hostname. */
export function fullHostname(
  spec: Pick<Spec, 'hostname' | 'subdomain'>,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): string {
  const hostname = spec.hostname || defaultHostname(name);
  return spec.subdomain ? `${hostname}.${spec.subdomain}.${namespace}.svc.${clusterDomain}` : hostname;
}

/** The pod's name cut to 63 characters, without a trailing hyphen or dot (kubelet truncatePodHostnameIfNeeded). */
function defaultHostname(podName: string): string {
  return podName.slice(0, 63).replace(/[-.]+$/, '');
}

/** Absent where the manifest says nothing of them. */
export function normaliseNames(spec: Spec): Pick<ContainerSpec, 'names'> {
  const aliases = (spec.hostAliases ?? []).map(({ ip = '', hostnames = [] }) => ({ ip, hostnames }));
  const dns = normaliseDns(spec);
  const names: NamesSpec = {
    ...(spec.subdomain && !spec.hostnameOverride ? { subdomain: spec.subdomain } : {}),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(dns === undefined ? {} : { dns }),
  };
  return Object.keys(names).length === 0 ? {} : { names };
}

function normaliseDns({ dnsPolicy, dnsConfig }: Spec): DnsSpec | undefined {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const policy = dnsPolicy || 'ClusterFirst';
  if (policy === 'ClusterFirst' && nameservers.length + searches.length + options.length === 0) return undefined;
  return {
    policy,
    nameservers,
    searches,
    options: options.map(({ name = '', value }) => (value === undefined ? { name } : { name, value })),
  };
}
