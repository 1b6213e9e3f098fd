/** Addresses and CIDR blocks of both families: read strictly, written in the shortest form (RFC 5952). Pure. */
import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from './result.ts';

export type IpFamily = 4 | 6;

export interface IpAddress {
  readonly family: IpFamily;
  readonly number: bigint;
}

/** A block that begins at its network address. */
export interface Cidr {
  readonly family: IpFamily;
  readonly first: bigint;
  /** 0 to 32 or 128 */
  readonly prefix: number;
}

/** Undefined for anything but four decimal numbers, or IPv6 without a zone. */
export function parseAddress(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return numberOf(4, ipaddr.IPv4.parse(text).toByteArray());
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  return numberOf(6, ipaddr.IPv6.parse(text).toByteArray());
}

/** The one text of an address that may be written in several ways; undefined: it is none. */
export function shortestAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}

/** `10.99.0.5`, `fd12:3456:789a::5` */
export function formatAddress({ family, number }: IpAddress): string {
  const count = bitsOf(family) / 8;
  const bytes = Array.from({ length: count }, (_, index) =>
    Number((number >> BigInt(8 * (count - 1 - index))) & 0xffn),
  );
  return family === 4 ? new ipaddr.IPv4(bytes).toString() : new ipaddr.IPv6(bytes).toRFC5952String();
}

/** The block, or what is wrong with the text: `has host bits set: the block is 10.0.0.0/8`. */
export function parseCidr(text: string): Result<Cidr, string> {
  const [, written = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(written);
  if (address === undefined)
    return err('must be an address and a prefix length, as 10.99.0.0/16 or fd12:3456:789a::/64');
  const { family, number } = address;
  const prefix = Number(length);
  if (prefix > bitsOf(family) || String(prefix) !== length)
    return err(`must have a prefix length between 0 and ${bitsOf(family)}`);
  const cidr = { family, first: networkOf(address, prefix), prefix };
  return cidr.first === number ? ok(cidr) : err(`has host bits set: the block is ${formatCidr(cidr)}`);
}

/** `10.99.0.0/16` */
export const formatCidr = ({ family, first, prefix }: Cidr): string =>
  `${formatAddress({ family, number: first })}/${prefix}`;

/** A block from text that was checked before. Throws on any other. */
export function cidrOf(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed.ok) return parsed.value;
  throw new Error(`bug: ${JSON.stringify(text)} ${parsed.error}`);
}

/** How many addresses there are in it, the first and last included. */
export const cidrSize = ({ family, prefix }: Cidr): bigint => 1n << BigInt(bitsOf(family) - prefix);

/** True when they have an address in common: one lies in the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return a.family === b.family && networkOf(numbered(a), prefix) === networkOf(numbered(b), prefix);
}

/** True when the address lies in the block. */
export function contains(block: Cidr, address: IpAddress): boolean {
  return block.family === address.family && networkOf(address, block.prefix) === block.first;
}

/** The address so far behind the block's first. */
export const addressAt = ({ family, first }: Cidr, offset: number | bigint): string =>
  formatAddress({ family, number: first + BigInt(offset) });

/** How far behind the block's first the address lies; undefined when it is none, or not in the block. */
export function offsetIn(block: Cidr, text: string): bigint | undefined {
  const address = parseAddress(text);
  return address === undefined || !contains(block, address) ? undefined : address.number - block.first;
}

export const bitsOf = (family: IpFamily): 32 | 128 => (family === 4 ? 32 : 128);

const numbered = ({ family, first }: Cidr): IpAddress => ({ family, number: first });

function networkOf({ family, number }: IpAddress, prefix: number): bigint {
  const hostBits = BigInt(bitsOf(family) - prefix);
  return (number >> hostBits) << hostBits;
}

function numberOf(family: IpFamily, bytes: readonly number[]): IpAddress {
  return { family, number: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) };
}
