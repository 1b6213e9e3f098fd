/** Which addresses this machine already leads somewhere, read off the kernel's own tables. Pure. */
import { type Cidr, cidrOf, formatCidr, overlaps, parseAddress } from '../util/cidr.ts';
import type { OccupiedBlock } from './plan-ranges.ts';

/** One address of an interface, as node's os.networkInterfaces tells it. */
export interface InterfaceAddress {
  readonly device: string;
  readonly address: string;
}

export interface MachineTables {
  /** /proc/net/route */
  readonly route: string;
  /** /proc/net/ipv6_route */
  readonly route6: string;
  readonly addresses: readonly InterfaceAddress[];
}

interface Route {
  readonly cidr: Cidr;
  readonly device: string;
}

/** Routes and addresses of all devices but those of `ownPrefix`. Default routes, also in two halves, occupy nothing. */
export function occupiedBlocks(tables: MachineTables, ownPrefix: string): readonly OccupiedBlock[] {
  const routes = [...routes4(tables.route), ...routes6(tables.route6)].map(({ cidr, device }) => ({
    cidr,
    device,
    what: `route ${formatCidr(cidr)} of ${device}`,
  }));
  const addresses = tables.addresses.flatMap(({ address, device }) => {
    const parsed = parseAddress(address);
    if (parsed === undefined) return [];
    const cidr = { family: parsed.family, first: parsed.number, prefix: parsed.family === 4 ? 32 : 128 };
    return [{ cidr, device, what: `address ${address} of ${device}` }];
  });
  return [...routes, ...addresses]
    .filter(({ cidr, device }) => !device.startsWith(ownPrefix) && cidr.prefix > 1 && !isLocal(cidr))
    .map(({ cidr, what }) => ({ cidr, what }));
}

/** The device of the default route with the lowest metric. */
export function defaultDevice({ route, route6 }: Pick<MachineTables, 'route' | 'route6'>): string | undefined {
  const first = (routes: readonly (Route & { readonly metric: number })[]) =>
    routes.filter(({ cidr, device }) => cidr.prefix === 0 && device !== 'lo').sort((a, b) => a.metric - b.metric)[0];
  return (first(routes4(route)) ?? first(routes6(route6)))?.device;
}

/** A line: Iface Destination Gateway Flags RefCnt Use Metric Mask …; numbers in hexadecimal, of the machine's byte order. */
function routes4(text: string) {
  return linesOf(text)
    .slice(1)
    .flatMap(([device = '', destination = '', , , , , metric = '', mask = '']) => {
      if (!/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
      const prefix = swapped(mask).toString(2).replaceAll('0', '').length;
      return [{ cidr: { family: 4 as const, first: swapped(destination), prefix }, device, metric: Number(metric) }];
    });
}

/** A line: destination, its prefix length, source, its prefix length, next hop, metric …, device; all in hexadecimal. */
function routes6(text: string) {
  return linesOf(text).flatMap(([destination = '', length = '', , , , metric = '', ...rest]) => {
    if (!/^[0-9a-f]{32}$/.test(destination)) return [];
    const prefix = Number.parseInt(length, 16);
    const cidr = { family: 6 as const, first: BigInt(`0x${destination}`), prefix };
    return [{ cidr, device: rest.at(-1) ?? '', metric: Number.parseInt(metric, 16) }];
  });
}

const linesOf = (text: string): readonly (readonly string[])[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

/** All machines that podctl runs on are little-endian. */
const swapped = (hex: string): bigint => BigInt(`0x${hex.match(/../g)?.reverse().join('') ?? '0'}`);

/** Loopback, link-local and multicast addresses are nobody's range. */
const isLocal = (cidr: Cidr): boolean =>
  localBlocks.some((block) => block.prefix <= cidr.prefix && overlaps(block, cidr));
const localBlocks = ['127.0.0.0/8', '169.254.0.0/16', '::1/128', 'fe80::/10', 'ff00::/8'].map(cidrOf);
