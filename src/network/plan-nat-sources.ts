/** Whom a pod sees where the true source cannot be answered. Pure. */
import type { NetworkSettings } from '../model/network.ts';

/**
 * Addresses out of the Services' ranges, which nobody else has and every pod routes to this machine: the resolver's, and in IPv6
 * the range's first, which no Service gets (it is the subnet-router anycast address, RFC 4291 §2.6.1). Not a link's address as
 * masquerade takes: a pod's link has none, and a machine without a network has none at all.
 */
export function natSources({ dnsAddress, ranges }: NetworkSettings): { readonly ipv4: string; readonly ipv6?: string } {
  const ipv6 = ranges.services6?.split('/')[0];
  return { ipv4: dnsAddress, ...(ipv6 === undefined ? {} : { ipv6 }) };
}
