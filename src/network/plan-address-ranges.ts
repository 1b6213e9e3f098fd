/** Blocks of addresses with exceptions, as ranges that neither overlap nor touch. */
import type { PeerBlock } from '../model/network.ts';
import { type Cidr, cidrOf, cidrSize, formatAddress, formatCidr, type IpFamily } from '../util/cidr.ts';

/** Both ends included. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** What lies in any of the blocks of that family, an exception of one block being no exception of another. */
export function rangesOf(blocks: readonly PeerBlock[], family: IpFamily): readonly AddressRange[] {
  const ranges = blocks
    .map(({ cidr, except }) => ({ whole: cidrOf(cidr), holes: except.map(cidrOf) }))
    .filter(({ whole }) => whole.family === family)
    .flatMap(({ whole, holes }) => without(rangeOf(whole), holes.map(rangeOf)));
  return merge(ranges);
}

const rangeOf = (block: Cidr): AddressRange => ({ first: block.first, last: block.first + cidrSize(block) - 1n });
const byFirst = (a: AddressRange, b: AddressRange): number => (a.first < b.first ? -1 : Number(a.first > b.first));

/** The holes lie in the range. */
function without({ first, last }: AddressRange, holes: readonly AddressRange[]): readonly AddressRange[] {
  const rest: AddressRange[] = [];
  let from = first;
  for (const hole of merge(holes)) {
    if (hole.first > from) rest.push({ first: from, last: hole.first - 1n });
    from = hole.last + 1n;
  }
  return from > last ? rest : [...rest, { first: from, last }];
}

function merge(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of [...ranges].sort(byFirst)) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last + 1n) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return merged;
}

/** As nft lists it: an address, a block where it is one, else `first-last`. */
export function formatRange({ first, last }: AddressRange, family: IpFamily): string {
  const size = last - first + 1n;
  const isBlock = (size & (size - 1n)) === 0n && first % size === 0n;
  const text = (number: bigint): string => formatAddress({ family, number });
  if (!isBlock) return `${text(first)}-${text(last)}`;
  const prefix = prefixFor(size, family);
  return prefix === longest(family) ? text(first) : formatCidr({ family, first, prefix });
}

/** Whether every address of the family is in it. */
export function isWholeFamily({ first, last }: AddressRange, family: IpFamily): boolean {
  return first === 0n && prefixFor(last + 1n, family) === 0;
}

const longest = (family: IpFamily): number => (family === 4 ? 32 : 128);
const prefixFor = (size: bigint, family: IpFamily): number => longest(family) + 1 - size.toString(2).length;
