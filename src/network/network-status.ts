/** What `podctl system status` tells of the pod network. */
import type { NetworkSettings } from '../model/network.ts';
import type { NetworkStatus } from '../protocol/api.ts';
import type { Firewall } from './firewall.ts';

/** `addresses`: how many are in use. */
export function networkStatus(
  { ranges, dnsAddress }: NetworkSettings,
  { mode, why }: Pick<Firewall, 'mode' | 'why'>,
  addresses: number,
  podnetPid: number | undefined,
): NetworkStatus {
  const { pods4, pods6, services4, services6 } = ranges;
  return {
    mode,
    ...(why === undefined ? {} : { why }),
    podRanges: pods6 === undefined ? [pods4] : [pods4, pods6],
    serviceRanges: services6 === undefined ? [services4] : [services4, services6],
    dnsAddress,
    addresses,
    ...(podnetPid === undefined ? {} : { podnetPid }),
  };
}

/** The problem that pods still have addresses of an earlier range; `outside`: those, none is no problem. */
export function oldAddresses({ ranges }: NetworkSettings, outside: readonly string[]): readonly string[] {
  if (outside.length === 0) return [];
  return [`not of ${ranges.pods4}, and kept until they are deleted, are the addresses of ${outside.join(', ')}`];
}
