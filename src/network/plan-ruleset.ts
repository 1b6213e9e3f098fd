/**
 * The one nftables table of an instance, out of what the machine is to do for all pods. Pure.
 *
 * ```
 *  from a link ─▶ raw (spoofed? drop) ─▶ prerouting (Service? hostPort? dnat) ─▶ forward (refuse, isolate) ─▶ postrouting (masquerade)
 *  from the machine ───────────────────▶ output     (the same)                ─▶ refuse-output             ─▶ postrouting
 * ```
 *
 * A pod without ports is in none of its sets, and a connection that exists passes two comparisons.
 */
import type { NetworkSettings, NetworkState } from '../model/network.ts';
import type { FilterPart, NftChain, Ruleset } from '../model/ruleset.ts';
import { planHairpins } from './plan-hairpins.ts';
import { planHostPortMaps } from './plan-host-port-maps.ts';
import { planIsolationRules } from './plan-isolation-rules.ts';
import { natSources } from './plan-nat-sources.ts';
import { planServiceChains } from './plan-service-chains.ts';

export interface RulesetOptions {
  /** links of this machine that did not forward before there were pods: what comes in there goes to pods or nowhere */
  readonly closedLinks?: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
}

/** The whole table. */
export function planRuleset(settings: NetworkSettings, state: NetworkState, options: RulesetOptions = {}): Ruleset {
  const hostPorts = planHostPortMaps(state.hostPorts);
  const services = planServiceChains(state.services);
  const isolated = planIsolationRules(settings, state.isolations);
  return {
    table: settings.table,
    sets: { ...hostPorts.sets, ...services.sets, ...planHairpins(state), ...planClosedSets(options), ...isolated.sets },
    chains: {
      'pods-raw': planRaw(settings),
      prerouting: { hook: 'type nat hook prerouting priority -110; policy accept;', rules: ['jump translate'] },
      output: { hook: 'type nat hook output priority -110; policy accept;', rules: ['jump translate'] },
      translate: planTranslate(settings),
      postrouting: planPostrouting(settings),
      forward: planForward(settings, options, isolated),
      ...planInput(isolated),
      ...planRefusal(settings, state),
      ...hostPorts.chains,
      ...services.chains,
      ...isolated.chains,
    },
  };
}

/** All pods' links of this instance, of every instance. */
const ownLinks = ({ linkPrefix }: NetworkSettings): string => `"${linkPrefix}*"`;
const allLinks = '"pc*"';

/**
 * A pod sends with its own addresses only, whatever rp_filter says (the machine's `all` may loosen it), and never reaches what
 * listens on this machine's loopback, which route_localnet of its link would let it. The resolver is there for pods and this machine:
 * who routes its address here from outside finds nobody.
 */
function planRaw(settings: NetworkSettings): NftChain {
  const from = `iifname ${ownLinks(settings)}`;
  return {
    hook: 'type filter hook prerouting priority -300; policy accept;',
    rules: [
      `${from} fib saddr . iif oif missing drop`,
      // on the link, and so right for fib, but nobody's: rules that know a pod by its addresses would not know it
      `${from} ip6 saddr fe80::/10 drop`,
      `${from} ip daddr 127.0.0.0/8 drop`,
      `ip daddr ${settings.dnsAddress} iifname != "lo" iifname != ${allLinks} drop`,
    ],
  };
}

/**
 * The resolver's address is this machine's too, and no hostPort 53 may take it. Packets to ::1 stay for podnet: they come from ::1, and
 * the kernel lets none of those leave on another link.
 */
function planTranslate({ dnsAddress }: NetworkSettings): NftChain {
  return {
    rules: [
      'ip daddr . meta l4proto . th dport vmap @services4',
      'ip6 daddr . meta l4proto . th dport vmap @services6',
      `ip daddr ${dnsAddress} return`,
      'ip6 daddr ::1 return',
      'fib daddr type local jump host-ports',
    ],
  };
}

/** Answers to 127.0.0.1 would not leave a pod, and a pod that reaches itself would answer itself: both come from the network's own address. */
function planPostrouting(settings: NetworkSettings): NftChain {
  const links = ownLinks(settings);
  const { ipv4, ipv6 } = natSources(settings);
  const hairpin6 = ipv6 === undefined ? [] : [`ip6 saddr . ip6 daddr @hairpins6 snat ip6 to ${ipv6}`];
  return {
    hook: 'type nat hook postrouting priority 90; policy accept;',
    rules: [
      `oifname ${links} ip saddr 127.0.0.0/8 snat ip to ${ipv4}`,
      `ip saddr . ip daddr @hairpins4 snat ip to ${ipv4}`,
      ...hairpin6,
      `iifname ${links} oifname != ${links} masquerade`,
    ],
  };
}

/** What conntrack does not know is not translated back: it would reach a pod, or leave it, under a foreign address. */
function planForward(settings: NetworkSettings, options: RulesetOptions, isolated: FilterPart): NftChain {
  const links = ownLinks(settings);
  return {
    hook: 'type filter hook forward priority 0; policy accept;',
    rules: [
      'ct state established,related accept',
      `iifname ${links} ct state invalid drop`,
      `oifname ${links} ct state invalid drop`,
      ...planClosedRules(options),
      'jump refuse',
      ...isolated.forward,
    ],
  };
}

/** Nothing is looked at there where nobody asks for it. */
function planInput({ input }: FilterPart): Ruleset['chains'] {
  if (input.length === 0) return {};
  const hook = 'type filter hook input priority 0; policy accept;';
  return { input: { hook, rules: ['ct state established,related accept', ...input] } };
}

function planClosedSets({ closedLinks }: RulesetOptions): Ruleset['sets'] {
  const set = (names: readonly string[]) => ({
    kind: 'set' as const,
    type: 'ifname',
    elements: Object.fromEntries(names.map((name) => [`"${name}"`, ''])),
  });
  return closedLinks === undefined ? {} : { closed4: set(closedLinks.ipv4), closed6: set(closedLinks.ipv6) };
}

function planClosedRules({ closedLinks }: RulesetOptions): readonly string[] {
  if (closedLinks === undefined) return [];
  return [
    `meta nfproto ipv4 iifname @closed4 oifname != ${allLinks} drop`,
    `meta nfproto ipv6 iifname @closed6 oifname != ${allLinks} drop`,
  ];
}

/**
 * Whoever speaks to a Service without endpoints, or to a port that it does not have, is told at once. Its address is still the
 * packet's: nothing translated it.
 */
function planRefusal(settings: NetworkSettings, { services }: NetworkState): Ruleset['chains'] {
  const { services4, services6 } = settings.ranges;
  const outside = [
    'ip daddr . meta l4proto . th dport @refused4 goto refuse-now',
    'ip6 daddr . meta l4proto . th dport @refused6 goto refuse-now',
  ];
  const rules = [
    `ip daddr ${settings.dnsAddress} return`,
    `ip daddr ${services4} goto refuse-now`,
    ...(services6 === undefined ? [] : [`ip6 daddr ${services6} goto refuse-now`]),
    ...(services.length === 0 ? [] : outside),
  ];
  return {
    'refuse-output': {
      hook: 'type filter hook output priority 0; policy accept;',
      rules: ['ct state new jump refuse'],
    },
    refuse: { rules },
    'refuse-now': { rules: ['meta l4proto 6 reject with tcp reset', 'reject'] },
  };
}
