/** rtnetlink(7): links as netlink messages, and read out of them. Addresses and routes: rtnetlink-routes.ts. */
import { AF_INET, AF_INET6 } from './inet-address.ts';
import {
  type Attribute,
  attributeText,
  decodeAttributes,
  type NetlinkMessage,
  netlinkFlags,
} from './netlink-message.ts';

/** RTM_* of linux/rtnetlink.h. */
export const rtm = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
  newQdisc: 36,
  delQdisc: 37,
  getQdisc: 38,
  newFilter: 44,
  delFilter: 45,
  getFilter: 46,
  newNetconf: 80,
} as const;

/** RTNLGRP_* of linux/rtnetlink.h. */
export const rtnetlinkGroups = {
  link: 1,
  tc: 4,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv4Switches: 24,
  ipv6Switches: 25,
} as const;

const IFF_UP = 1;
const ifla = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  queue: 6,
  info: 18,
  alias: 20,
  familySpec: 26,
  namespaceFd: 28,
  extendedMask: 29,
} as const;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_INET_CONF = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const RTEXT_FILTER_SKIP_STATS = 8;

const linkHeader = (index: number, flags = 0, change = 0): Buffer => {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(change, 12);
  return header;
};

const hardwareAddress = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');

/** One end of a veth pair to be made. */
export interface VethEnd {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
}

/** A veth pair, both ends down: one here, its peer in the namespace of the fd. EEXIST. */
export function makeVeth(here: VethEnd, peer: VethEnd & { readonly namespaceFd: number }): NetlinkMessage {
  const ends = ({ name, mac, mtu }: VethEnd): Attribute[] => [
    [ifla.name, { text: name }],
    [ifla.address, { bytes: hardwareAddress(mac) }],
    [ifla.mtu, { u32: mtu }],
  ];
  const there: Attribute[] = [...ends(peer), [ifla.namespaceFd, { u32: peer.namespaceFd }]];
  const data: Attribute = [VETH_INFO_PEER, { header: linkHeader(0), nested: there }];
  const info: Attribute[] = [
    [IFLA_INFO_KIND, { text: 'veth' }],
    [IFLA_INFO_DATA, { nested: [data] }],
  ];
  return {
    what: `make link ${here.name}`,
    type: rtm.newLink,
    flags: netlinkFlags.create | netlinkFlags.exclusive,
    header: linkHeader(0),
    attributes: [...ends(here), [ifla.info, { nested: info }]],
  };
}

/** IPV4_DEVCONF_* of linux/ip.h: what `net.ipv4.conf.<link>.*` says. */
const inetConf = { forwarding: 1, accept_redirects: 4, rp_filter: 8, route_localnet: 26 } as const;
export type InetSwitch = keyof typeof inetConf;

export interface LinkSettings {
  readonly alias?: string;
  readonly inet?: Readonly<Partial<Record<InetSwitch, number>>>;
  /** no link-local address is made when it comes up */
  readonly withoutLinkLocal?: boolean;
}

/** What must be set before a link is up. */
export function setUpLink(index: number, { alias, inet, withoutLinkLocal }: LinkSettings): NetlinkMessage {
  const conf = Object.entries(inet ?? {}).map(
    ([name, value]): Attribute => [inetConf[name as InetSwitch], { u32: value }],
  );
  const spec: Attribute[] = [];
  if (conf.length > 0) spec.push([AF_INET, { nested: [[IFLA_INET_CONF, { nested: conf }]] }]);
  if (withoutLinkLocal === true)
    spec.push([AF_INET6, { nested: [[IFLA_INET6_ADDR_GEN_MODE, { u8: IN6_ADDR_GEN_MODE_NONE }]] }]);
  const attributes: Attribute[] = [];
  if (alias !== undefined) attributes.push([ifla.alias, { text: alias }]);
  if (spec.length > 0) attributes.push([ifla.familySpec, { nested: spec }]);
  return { what: `set up link ${index}`, type: rtm.setLink, flags: 0, header: linkHeader(index), attributes };
}

export const bringLinkUp = (index: number): NetlinkMessage => ({
  what: `bring link ${index} up`,
  type: rtm.setLink,
  flags: 0,
  header: linkHeader(index, IFF_UP, IFF_UP),
  attributes: [],
});

/** ENODEV when there is none of that name. */
export const deleteLink = (name: string): NetlinkMessage => ({
  what: `delete link ${name}`,
  type: rtm.delLink,
  flags: 0,
  header: linkHeader(0),
  attributes: [[ifla.name, { text: name }]],
});

const withoutStatistics: Attribute = [ifla.extendedMask, { u32: RTEXT_FILTER_SKIP_STATS }];

/** Answered by decodeLink's message; ENODEV when there is none of that name. */
export const getLink = (name: string): NetlinkMessage => ({
  what: `look at link ${name}`,
  type: rtm.getLink,
  flags: 0,
  header: linkHeader(0),
  attributes: [[ifla.name, { text: name }], withoutStatistics],
});

/** A dump; `header` says of what, where the kernel looks at it. */
export const dumpOf = (
  what: string,
  type: number,
  header: Uint8Array,
  attributes: readonly Attribute[] = [],
): NetlinkMessage => ({
  what: `list ${what}`,
  type,
  flags: netlinkFlags.dump,
  header,
  attributes,
});

export const listLinks = (): NetlinkMessage => dumpOf('links', rtm.getLink, linkHeader(0), [withoutStatistics]);

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly alias: string;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  readonly mac: string;
  readonly mtu: number;
  /** kind of its queue: `noqueue`, `tbf` … */
  readonly queue: string;
  /** net.ipv4.conf.<link>.* as far as they are named here; absent without IPv4 */
  readonly inet: Readonly<Record<InetSwitch, number>> | undefined;
}

const IFF_LOOPBACK = 8;

/** Of RTM_NEWLINK and RTM_DELLINK. */
export function decodeLink(body: Buffer): Link {
  const attributes = decodeAttributes(body, 16);
  const flags = body.readUInt32LE(8);
  return {
    index: body.readInt32LE(4),
    name: attributeText(attributes.get(ifla.name) ?? Buffer.alloc(0)),
    alias: attributeText(attributes.get(ifla.alias) ?? Buffer.alloc(0)),
    isUp: (flags & IFF_UP) !== 0,
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
    mac: (attributes.get(ifla.address)?.toString('hex') ?? '').replaceAll(/(..)(?=.)/g, '$1:'),
    mtu: attributes.get(ifla.mtu)?.readUInt32LE(0) ?? 0,
    queue: attributeText(attributes.get(ifla.queue) ?? Buffer.alloc(0)),
    inet: decodeInet(attributes.get(ifla.familySpec)),
  };
}

/** Given out as an array of all values, that of IPV4_DEVCONF_x at x − 1. */
function decodeInet(spec: Buffer | undefined): Link['inet'] {
  const inet = spec === undefined ? undefined : decodeAttributes(spec).get(AF_INET);
  const conf = inet === undefined ? undefined : decodeAttributes(inet).get(IFLA_INET_CONF);
  if (conf === undefined) return undefined;
  const value = (name: InetSwitch): number => conf.readUInt32LE(4 * (inetConf[name] - 1));
  return {
    forwarding: value('forwarding'),
    accept_redirects: value('accept_redirects'),
    rp_filter: value('rp_filter'),
    route_localnet: value('route_localnet'),
  };
}

const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;

/** Of RTM_NEWNETCONF: forwarding, rp_filter or the like was switched by sysctl(8). */
export interface SwitchNotice {
  readonly family: number;
  /** of the link, negative for `all` and `default` */
  readonly index: number;
  /** undefined where another switch was turned; of force_forwarding the kernel does not tell the value */
  readonly forwarding: number | undefined;
}

export function decodeSwitch(body: Buffer): SwitchNotice {
  // behind the family, a byte of its own
  const attributes = decodeAttributes(body, 4);
  return {
    family: body.readUInt8(0),
    index: attributes.get(NETCONFA_IFINDEX)?.readInt32LE(0) ?? -1,
    forwarding: attributes.get(NETCONFA_FORWARDING)?.readInt32LE(0),
  };
}
