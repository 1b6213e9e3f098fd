/** Addresses by which a pod is reached, the IPv4 one first. Pure. */
import type { AddressPair } from '../model/network.ts';
import type { PodSpec } from '../model/pod-spec.ts';

/** A pod that is in the machine's network has the machine's; one with loopback alone has none. */
export function podAddresses(
  { containers }: PodSpec,
  addresses: AddressPair | undefined,
  hostAddresses: readonly string[],
): readonly string[] {
  if (containers.every(({ namespaces }) => namespaces.net === 'host')) return hostAddresses;
  const { ipv4, ipv6 } = addresses ?? {};
  return [ipv4, ipv6].filter((address) => address !== undefined);
}
