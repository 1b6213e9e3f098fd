/** Lists of peers as sets of nftables: pods in plain sets, where one comes or goes alone, blocks in sets of intervals. */
import type { PeerBlock } from '../model/network.ts';
import type { NftSet } from '../model/ruleset.ts';
import { cidrOf, type IpFamily } from '../util/cidr.ts';
import { type AddressRange, formatRange, isWholeFamily, rangesOf } from './plan-address-ranges.ts';

/** What a packet's far address is compared with: a set (`ip saddr @…`), or nothing but its family. */
export type PeerMatch =
  | { readonly kind: 'set'; readonly family: IpFamily; readonly set: string }
  | { readonly kind: 'family'; readonly family: IpFamily };

export interface PeerSets {
  readonly sets: Readonly<Record<string, NftSet>>;
  /** any of them */
  readonly matches: readonly PeerMatch[];
}

/** The sets are named after `name`; a set of one name is always of one type. */
export function planPeerSets(peers: readonly PeerBlock[], name: string): PeerSets {
  const parts = ([4, 6] as const).map((family) => planFamily(peers, family, name));
  return {
    sets: Object.assign({}, ...parts.map(({ sets }) => sets)),
    matches: parts.flatMap(({ matches }) => matches),
  };
}

function planFamily(peers: readonly PeerBlock[], family: IpFamily, name: string): PeerSets {
  const own = peers.filter(({ cidr }) => cidr.includes(':') === (family === 6));
  const ranges = rangesOf(
    own.filter((peer) => !isSingle(peer)),
    family,
  );
  const [first] = ranges;
  if (first !== undefined && isWholeFamily(first, family)) return { sets: {}, matches: [{ kind: 'family', family }] };
  const alone = own.filter(isSingle).filter((peer) => !isCovered(peer, ranges));
  const planned: readonly (readonly [string, NftSet])[] = [
    [`peers${family}/${name}`, setOf(family, alone.map(addressOf))],
    [
      `blocks${family}/${name}`,
      setOf(
        family,
        ranges.map((range) => formatRange(range, family)),
        'interval',
      ),
    ],
  ];
  const filled = planned.filter(([, { elements }]) => Object.keys(elements).length > 0);
  return {
    sets: Object.fromEntries(filled),
    matches: filled.map(([set]) => ({ kind: 'set', family, set })),
  };
}

const isSingle = ({ cidr, except }: PeerBlock): boolean =>
  except.length === 0 && cidr.endsWith(cidr.includes(':') ? '/128' : '/32');

/** Many are asked, and most lists have no ranges: addresses are read only where there are some. */
function isCovered({ cidr }: PeerBlock, ranges: readonly AddressRange[]): boolean {
  if (ranges.length === 0) return false;
  const { first } = cidrOf(cidr);
  return ranges.some((range) => range.first <= first && first <= range.last);
}

const addressOf = ({ cidr }: PeerBlock): string => cidr.slice(0, cidr.indexOf('/'));

function setOf(family: IpFamily, elements: readonly string[], flags?: string): NftSet {
  return {
    kind: 'set',
    type: `ipv${family}_addr`,
    ...(flags && { flags }),
    elements: Object.fromEntries(elements.map((element) => [element, ''])),
  };
}
