/**
 * Isolated pods as part of the table. Pure.
 *
 * ```
 *  forward ─▶ isolate ─▶ egress4/6 (source ─▶ its chain) ─▶ ingress4/6 (destination ─▶ its chain) ─▶ on
 *  input ───▶ isolate-input ─▶ resolver? on ─▶ egress4/6
 *                                └─ a chain: each thing that is allowed returns, the rest is refused
 * ```
 *
 * Only the first packet of a connection comes here, after the address of a Service or hostPort was translated: what is judged are the
 * two who talk. What the machine itself sends never does (kubelet's rule: its probes always arrive), and neither does what a pod
 * says to itself.
 */
import {
  type AllowState,
  type IsolationState,
  type NetworkSettings,
  type PortRange,
  transportProtocols,
} from '../model/network.ts';
import { type FilterPart, type NftChain, type NftSet, protocolNumbers } from '../model/ruleset.ts';
import { remember } from '../util/remember.ts';
import { type PeerMatch, planPeerSets } from './plan-peer-sets.ts';

const nothing: FilterPart = { sets: {}, chains: {}, forward: [], input: [] };

/** Pods that let the same through share a chain, chains with the same peers their sets: each is named after the first that has it. */
export function planIsolationRules(
  { dnsAddress }: Pick<NetworkSettings, 'dnsAddress'>,
  isolations: readonly IsolationState[],
): FilterPart {
  if (isolations.length === 0) return nothing;
  const chainOf = nameChains();
  const peersOf = collectPeerSets();
  const chains: Record<string, NftChain> = fixedChains(dnsAddress);
  for (const isolation of isolations) {
    const name = chainOf(isolation);
    chains[name] ??= { rules: chainRules(isolation, name, peersOf.plan) };
  }
  return {
    sets: { ...planMaps(isolations, chainOf), ...peersOf.sets },
    chains,
    forward: ['jump isolate'],
    input: ['jump isolate-input'],
  };
}

/** `hairpins4` and `hairpins6`: pods that reach themselves by way of a Service or hostPort (plan-hairpins.ts). */
function fixedChains(dnsAddress: string): Record<string, NftChain> {
  const leaving = ['ip saddr vmap @egress4', 'ip6 saddr vmap @egress6'];
  return {
    isolate: {
      rules: [
        'ip saddr . ip daddr @hairpins4 return',
        'ip6 saddr . ip6 daddr @hairpins6 return',
        ...leaving,
        'ip daddr vmap @ingress4',
        'ip6 daddr vmap @ingress6',
      ],
    },
    'isolate-input': { rules: [`ip daddr ${dnsAddress} meta l4proto { 6, 17 } th dport 53 return`, ...leaving] },
  };
}

type ChainOf = (isolation: IsolationState) => string;

/** In each direction the address of the first pod among those that let the same through. */
function nameChains(): ChainOf {
  const numberOf = numberLists();
  return remember(
    ({ direction, allows }: IsolationState) => `${direction} ${numberOf(allows)}`,
    ({ direction, addresses }) => `${direction}/${addresses.ipv4}`,
  );
}

function planMaps(isolations: readonly IsolationState[], chainOf: ChainOf): Readonly<Record<string, NftSet>> {
  const mapOf = (direction: IsolationState['direction'], family: 4 | 6): NftSet => ({
    kind: 'map',
    type: `ipv${family}_addr : verdict`,
    elements: Object.fromEntries(
      isolations.flatMap((isolation) => {
        const { ipv4, ipv6 } = isolation.addresses;
        const own = family === 4 ? ipv4 : ipv6;
        return isolation.direction !== direction || own === undefined ? [] : [[own, `jump ${chainOf(isolation)}`]];
      }),
    ),
  });
  return {
    egress4: mapOf('egress', 4),
    egress6: mapOf('egress', 6),
    ingress4: mapOf('ingress', 4),
    ingress6: mapOf('ingress', 6),
  };
}

type PlanPeers = (peers: NonNullable<AllowState['peers']>, name: string) => readonly PeerMatch[];

function collectPeerSets(): { readonly sets: Readonly<Record<string, NftSet>>; readonly plan: PlanPeers } {
  const sets: Record<string, NftSet> = {};
  const numberOf = numberLists();
  const plan = remember(
    (peers: NonNullable<AllowState['peers']>, _name: string) => numberOf(peers),
    (peers, name) => {
      const planned = planPeerSets(peers, name);
      Object.assign(sets, planned.sets);
      return planned.matches;
    },
  );
  return { sets, plan };
}

/** The same number for equal lists. Long ones are shared by many pods: each is written down once. */
function numberLists(): (list: readonly unknown[]) => number {
  const texts = new Map<string, number>();
  return remember(
    (list: readonly unknown[]) => list,
    (list) => {
      const text = JSON.stringify(list);
      const number = texts.get(text) ?? texts.size;
      texts.set(text, number);
      return number;
    },
  );
}

function chainRules({ direction, allows }: IsolationState, name: string, planPeers: PlanPeers): readonly string[] {
  const side = direction === 'egress' ? 'daddr' : 'saddr';
  const allowed = allows.flatMap(({ peers, ports }, index) => {
    const peerTexts = peers === undefined ? [''] : planPeers(peers, `${name}/${index}`).map((m) => matchText(m, side));
    const portTexts = ports === undefined ? [''] : portMatches(ports);
    return peerTexts.flatMap((peer) => portTexts.map((port) => [peer, port, 'return'].filter(Boolean).join(' ')));
  });
  // plan-ruleset.ts: at once. An ICMP error instead of a reset is only a hint to a socket that connects: it tries on for a second.
  return [...allowed, 'goto refuse-now'];
}

function matchText(match: PeerMatch, side: 'saddr' | 'daddr'): string {
  if (match.kind === 'family') return `meta nfproto ipv${match.family}`;
  return `${match.family === 4 ? 'ip' : 'ip6'} ${side} @${match.set}`;
}

/** One text for each protocol. */
function portMatches(ports: readonly PortRange[]): readonly string[] {
  return transportProtocols.flatMap((protocol) => {
    const ranges = ports.filter((range) => range.protocol === protocol);
    if (ranges.length === 0) return [];
    const l4 = `meta l4proto ${protocolNumbers[protocol]}`;
    const texts = ranges.map(({ from, to = from }) => (from === to ? `${from}` : `${from}-${to}`));
    return ranges.some(({ from }) => from === undefined) ? [l4] : [`${l4} th dport { ${texts.join(', ')} }`];
  });
}
