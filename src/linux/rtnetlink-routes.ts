/** rtnetlink(7): addresses, routes and neighbours of links as netlink messages, and read out of them. */
import { AF_INET6, addressBytes, addressText, familyOf } from './inet-address.ts';
import { type Attribute, decodeAttributes, type NetlinkMessage, netlinkFlags } from './netlink-message.ts';
import { dumpOf, rtm } from './rtnetlink.ts';

/** rt_scope_t of linux/rtnetlink.h. */
const scopes = { global: 0, link: 253, host: 254 } as const;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_NODAD = 2;

export interface LinkAddress {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly scope: 'global' | 'link' | 'host';
}

/** Usable at once: IPv6 without duplicate address detection. EEXIST. */
export function addAddress({ index, address, prefix, scope }: LinkAddress): NetlinkMessage {
  const family = familyOf(address);
  const bytes = addressBytes(address);
  const header = Buffer.alloc(8);
  header.set([family, prefix, family === AF_INET6 ? IFA_F_NODAD : 0, scopes[scope]]);
  header.writeUInt32LE(index, 4);
  return {
    what: `add address ${address}`,
    type: rtm.newAddress,
    flags: netlinkFlags.create | netlinkFlags.exclusive,
    header,
    attributes: [
      [IFA_LOCAL, { bytes }],
      [IFA_ADDRESS, { bytes }],
    ],
  };
}

/** Of both families. */
export const listAddresses = (): NetlinkMessage => dumpOf('addresses', rtm.getAddress, Buffer.alloc(8));

/** Of RTM_NEWADDR and RTM_DELADDR. */
export function decodeAddress(body: Buffer): LinkAddress | undefined {
  const attributes = decodeAttributes(body, 8);
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (bytes === undefined) return undefined;
  const number = body.readUInt8(3);
  const scope = number < scopes.link ? 'global' : number === scopes.link ? 'link' : 'host';
  return { index: body.readUInt32LE(4), address: addressText(bytes), prefix: body.readUInt8(1), scope };
}

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PREFSRC = 7;
const RTA_TABLE = 15;
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;

/** RT_TABLE_* of linux/rtnetlink.h. */
export const routeTables = { main: 254, local: 255 } as const;
/** RTN_* of linux/rtnetlink.h. */
const routeTypes = { unicast: 1, local: 2 } as const;

/** rtm_protocol of our routes, `proto 112` in the words of ip-route(8); nobody else's in /etc/iproute2/rt_protos. */
export const ownRouteProtocol = 112;

export interface Route {
  /** network address and prefix length, `0.0.0.0/0` or `::/0` for the default route */
  readonly destination: string;
  readonly gateway?: string;
  /** of the link; 0 for none or several */
  readonly index: number;
  readonly table: number;
  /** `local`: what comes for it is this machine's; `other`: unreachable, blackhole, multicast … */
  readonly type: 'unicast' | 'local' | 'other';
  readonly protocol: number;
  /** what this machine sends has this source */
  readonly source?: string;
}

/** A new route of ours through a link; a gateway need not be in the link's own network (onlink). EEXIST. */
export const addRoute = (route: OwnRoute): NetlinkMessage => ({
  ...routeMessage(route, rtm.newRoute),
  flags: netlinkFlags.create | netlinkFlags.exclusive,
});

/** ESRCH when it is not there. */
export const deleteRoute = (route: OwnRoute): NetlinkMessage => routeMessage(route, rtm.delRoute);

export type OwnRoute = Omit<Route, 'type' | 'protocol' | 'table'> & { readonly type: 'unicast' | 'local' };

function routeMessage({ destination, gateway, index, type, source }: OwnRoute, message: number): NetlinkMessage {
  const [network = '', prefix = ''] = destination.split('/');
  const isUnicast = type === 'unicast';
  const table = isUnicast ? routeTables.main : routeTables.local;
  const scope = isUnicast ? (gateway === undefined ? scopes.link : scopes.global) : scopes.host;
  const header = Buffer.alloc(12);
  header.set([familyOf(network), Number(prefix), 0, 0, table, ownRouteProtocol, scope, routeTypes[type]]);
  header.writeUInt32LE(gateway === undefined ? 0 : RTNH_F_ONLINK, 8);
  const attributes: Attribute[] = [[RTA_OIF, { u32: index }]];
  if (prefix !== '0') attributes.push([RTA_DST, { bytes: addressBytes(network) }]);
  if (gateway !== undefined) attributes.push([RTA_GATEWAY, { bytes: addressBytes(gateway) }]);
  if (source !== undefined) attributes.push([RTA_PREFSRC, { bytes: addressBytes(source) }]);
  const what = `${message === rtm.newRoute ? 'add' : 'delete'} route to ${destination}`;
  return { what, type: message, flags: 0, header, attributes };
}

/** Of both families; of all tables, or only those of one table that are ours. */
export function listRoutes(ownOf?: keyof typeof routeTables): NetlinkMessage {
  const header = Buffer.alloc(12);
  if (ownOf !== undefined) header.set([routeTables[ownOf], ownRouteProtocol], 4);
  return dumpOf('routes', rtm.getRoute, header);
}

/** Of RTM_NEWROUTE and RTM_DELROUTE; undefined: not of IPv4 or IPv6, or only a cached one. */
export function decodeRoute(body: Buffer): Route | undefined {
  const [family = 0, prefix = 0, , , table = 0, protocol = 0, , type = 0] = body;
  if (![2, AF_INET6].includes(family) || (body.readUInt32LE(8) & RTM_F_CLONED) !== 0) return undefined;
  const attributes = decodeAttributes(body, 12);
  const text = (attribute: number): string | undefined => {
    const bytes = attributes.get(attribute);
    return bytes === undefined ? undefined : addressText(bytes);
  };
  const gateway = text(RTA_GATEWAY);
  const source = text(RTA_PREFSRC);
  return {
    destination: `${text(RTA_DST) ?? (family === AF_INET6 ? '::' : '0.0.0.0')}/${prefix}`,
    ...(gateway === undefined ? {} : { gateway }),
    index: attributes.get(RTA_OIF)?.readUInt32LE(0) ?? 0,
    table: attributes.get(RTA_TABLE)?.readUInt32LE(0) ?? table,
    type: type === routeTypes.unicast ? 'unicast' : type === routeTypes.local ? 'local' : 'other',
    protocol,
    ...(source === undefined ? {} : { source }),
  };
}

const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_PERMANENT = 0x80;

export interface Neighbour {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
}

/** For good: it is never asked for by ARP or ND. Replaces what there was. */
export function setNeighbour({ index, address, mac }: Neighbour): NetlinkMessage {
  const header = Buffer.alloc(12);
  header.writeUInt8(familyOf(address), 0);
  header.writeInt32LE(index, 4);
  header.writeUInt16LE(NUD_PERMANENT, 8);
  return {
    what: `set neighbour ${address}`,
    type: rtm.newNeighbour,
    flags: netlinkFlags.create | netlinkFlags.replace,
    header,
    attributes: [
      [NDA_DST, { bytes: addressBytes(address) }],
      [NDA_LLADDR, { bytes: Buffer.from(mac.replaceAll(':', ''), 'hex') }],
    ],
  };
}

/** Of both families. */
export const listNeighbours = (): NetlinkMessage => dumpOf('neighbours', rtm.getNeighbour, Buffer.alloc(12));

/** Those that are entered for good; undefined: another. */
export function decodeNeighbour(body: Buffer): Neighbour | undefined {
  const attributes = decodeAttributes(body, 12);
  const address = attributes.get(NDA_DST);
  const mac = attributes.get(NDA_LLADDR);
  if (address === undefined || mac === undefined || (body.readUInt16LE(8) & NUD_PERMANENT) === 0) return undefined;
  return {
    index: body.readInt32LE(4),
    address: addressText(address),
    mac: mac.toString('hex').replaceAll(/(..)(?=.)/g, '$1:'),
  };
}
