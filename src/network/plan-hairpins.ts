/** Pods that may reach themselves by way of a hostPort or a Service. Pure. */
import type { Endpoint, NetworkState } from '../model/network.ts';
import type { NftSet } from '../model/ruleset.ts';

/** Pairs of a pod's address with itself: packets from it to it. */
export function planHairpins(state: NetworkState): { readonly hairpins4: NftSet; readonly hairpins6: NftSet } {
  const endpoints: readonly Endpoint[] = [
    ...state.hostPorts.map(({ target }) => target),
    ...state.services.flatMap(({ ports }) => ports.flatMap((port) => port.endpoints)),
  ];
  const pairs = (type: string, addresses: readonly (string | undefined)[]): NftSet => ({
    kind: 'set',
    type: `${type} . ${type}`,
    elements: Object.fromEntries(addresses.flatMap((own) => (own === undefined ? [] : [[`${own} . ${own}`, '']]))),
  });
  return {
    hairpins4: pairs(
      'ipv4_addr',
      endpoints.map(({ addresses }) => addresses.ipv4),
    ),
    hairpins6: pairs(
      'ipv6_addr',
      endpoints.map(({ addresses }) => addresses.ipv6),
    ),
  };
}
