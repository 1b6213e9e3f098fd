/** Addresses as parts of names. IPv6 addresses are in the shortest form (model/network.ts). */
import type { AddressPair } from '../model/network.ts';
import type { ZoneRecord } from './zone.ts';

export const isIpv6 = (address: string): boolean => address.includes(':');

export const addressesOf = ({ ipv4, ipv6 }: AddressPair): readonly string[] =>
  ipv6 === undefined ? [ipv4] : [ipv4, ipv6];

export const addressRecord = (address: string): ZoneRecord => ({ type: isIpv6(address) ? 'AAAA' : 'A', data: address });

/** `10-99-0-5`, `fd12--5`: the first label under `<namespace>.pod`, as CoreDNS has it. */
export const dashedAddress = (address: string): string => address.replaceAll(/[.:]/g, '-');

/** Where the PTR record of an address stands: in-addr.arpa, ip6.arpa (RFC 3596). */
export function reverseName(address: string): string {
  if (!isIpv6(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  return `${[...ipv6Digits(address)].toReversed().join('.')}.ip6.arpa`;
}

/** All 32 hex digits. */
function ipv6Digits(address: string): string {
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const between = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...between, ...after].map((group) => group.padStart(4, '0')).join('');
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
