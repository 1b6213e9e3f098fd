/** Which address of a range is next: round robin, so that one that was let go is given again as late as can be. Pure. */
import type { AddressPair, NetworkRanges } from '../model/network.ts';
import { addressAt, type Cidr, cidrOf, cidrSize, offsetIn } from '../util/cidr.ts';

/** Prefix length of the smallest IPv4 range that has an address to give. */
export const smallestRange = 30;

/** Pods have the same place in both families. Undefined when all are in use. `after`: the IPv4 address given last. */
export function nextPodAddresses(
  { pods4, pods6 }: NetworkRanges,
  isUsed: (ipv4: string) => boolean,
  after: string | undefined,
): AddressPair | undefined {
  const range = cidrOf(pods4);
  const offset = nextFreeOffset(range, isUsed, after);
  if (offset === undefined) return undefined;
  const ipv4 = addressAt(range, offset);
  return pods6 === undefined ? { ipv4 } : { ipv4, ipv6: addressAt(cidrOf(pods6), offset) };
}

/** The first free place behind `after`, around the end; IPv4 without those that end in .0 or .255, and without the range's first and last. */
export function nextFreeOffset(
  range: Cidr,
  isUsed: (address: string) => boolean,
  after: string | undefined,
): bigint | undefined {
  const size = cidrSize(range);
  const begin = after === undefined ? 0n : (offsetIn(range, after) ?? 0n);
  for (let step = 1n; step <= size; step++) {
    const offset = (begin + step) % size;
    if (isGiven(range, offset) && !isUsed(addressAt(range, offset))) return offset;
  }
  return undefined;
}

/** How many addresses of an IPv4 range are given to anybody. */
export function usableAddresses(range: Cidr): number {
  const size = Number(cidrSize(range));
  return size <= 256 ? size - 2 : (size / 256) * 254;
}

/** Old software takes addresses that end in .0 or .255 for those of whole networks. */
function isGiven(range: Cidr, offset: bigint): boolean {
  if (offset === 0n || offset === cidrSize(range) - 1n) return false;
  const last = (range.first + offset) & 0xffn;
  return range.family === 6 || (last !== 0n && last !== 255n);
}
