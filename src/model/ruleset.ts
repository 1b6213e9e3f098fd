/**
 * One nftables table of family inet as plain data: names to sets, maps and chains, rules as nft spells them. Protocols are numbers
 * (`meta l4proto 6`), never names: nft looks those up in /etc/protocols, which small machines do not have. Equal tables are equal as JSON.
 */
import type { TransportProtocol } from './network.ts';

export interface NftSet {
  readonly kind: 'set' | 'map';
  /** `ipv4_addr . inet_proto . inet_service : verdict` */
  readonly type: string;
  /** `interval`, `dynamic,timeout` */
  readonly flags?: string;
  /** key → value, in a set empty: `10.99.0.5 . 6 . 80` → `goto svc/…`. Of a dynamic one none: packets fill it */
  readonly elements: Readonly<Record<string, string>>;
}

export interface NftChain {
  /** of a base chain: `type nat hook prerouting priority -110; policy accept;` */
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** Sets and chains that several planners put together. */
export interface RulesetPart {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, NftChain>>;
}

/** A part that wants packets: rules for new connections, in the order of their hooks. */
export interface FilterPart extends RulesetPart {
  /** between two links of this machine, after the addresses were translated */
  readonly forward: readonly string[];
  /** to this machine itself; empty: nothing is looked at there */
  readonly input: readonly string[];
}

export interface Ruleset extends RulesetPart {
  readonly table: string;
}

/** IANA numbers. */
export const protocolNumbers: Readonly<Record<TransportProtocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };
