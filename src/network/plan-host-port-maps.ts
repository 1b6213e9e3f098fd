/** hostPorts as elements of maps: one that comes or goes changes no rule. Pure. */
import type { HostPortState } from '../model/network.ts';
import { type NftSet, protocolNumbers, type RulesetPart } from '../model/ruleset.ts';

/** The maps, and the chain `host-ports` for packets to an address of this machine. One with a hostIP comes before one without. */
export function planHostPortMaps(hostPorts: readonly HostPortState[]): RulesetPart {
  const chosen = (family: 4 | 6) => hostPorts.filter((port) => hostFamily(port) === family);
  const anywhere = (family: 4 | 6) => hostPorts.filter((port) => isAnywhere(port, family));
  return {
    sets: {
      'host-ip-ports4': mapOf(4, chosen(4), ({ hostIP }) => `${hostIP} . `),
      'host-ip-ports6': mapOf(6, chosen(6), ({ hostIP }) => `${hostIP} . `),
      'host-ports4': mapOf(4, anywhere(4)),
      'host-ports6': mapOf(6, anywhere(6)),
    },
    chains: { 'host-ports': { rules } },
  };
}

const ported = 'meta l4proto { 6, 17, 132 }';
const rules = [
  `${ported} dnat ip to ip daddr . meta l4proto . th dport map @host-ip-ports4`,
  `${ported} dnat ip to meta l4proto . th dport map @host-ports4`,
  `${ported} dnat ip6 to ip6 daddr . meta l4proto . th dport map @host-ip-ports6`,
  `${ported} dnat ip6 to meta l4proto . th dport map @host-ports6`,
  'meta l4proto . th dport vmap @node-ports',
];

/** `::` and `0.0.0.0` are all addresses of their family; absent: of both. */
function isAnywhere({ hostIP }: HostPortState, family: 4 | 6): boolean {
  return hostIP === undefined || hostIP === (family === 4 ? '0.0.0.0' : '::');
}

/** undefined: every address. */
function hostFamily({ hostIP }: HostPortState): 4 | 6 | undefined {
  if (hostIP === undefined || hostIP === '0.0.0.0' || hostIP === '::') return undefined;
  return hostIP.includes(':') ? 6 : 4;
}

function mapOf(family: 4 | 6, ports: readonly HostPortState[], address?: (port: HostPortState) => string): NftSet {
  const type = `ipv${family}_addr`;
  const prefix = address === undefined ? '' : `${type} . `;
  const elements = ports.flatMap((port): readonly (readonly [string, string])[] => {
    const { ipv4, ipv6 } = port.target.addresses;
    const target = family === 4 ? ipv4 : ipv6;
    const key = `${address?.(port) ?? ''}${protocolNumbers[port.protocol]} . ${port.hostPort}`;
    return target === undefined ? [] : [[key, `${target} . ${port.target.port}`]];
  });
  return {
    kind: 'map',
    type: `${prefix}inet_proto . inet_service : ${type} . inet_service`,
    elements: Object.fromEntries(elements),
  };
}
