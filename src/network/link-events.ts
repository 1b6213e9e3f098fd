/** What the kernel tells of links, addresses and routes, as far as it is about ours: which links have to be looked at. */
import { AF_INET, AF_INET6 } from '../linux/inet-address.ts';
import { type NetlinkWatch, watchNetlink } from '../linux/netlink.ts';
import type { NetlinkReply } from '../linux/netlink-message.ts';
import { isHostLinkSetUp, loopbackIndex } from '../linux/pod-link.ts';
import { decodeLink, decodeSwitch, rtm, rtnetlinkGroups } from '../linux/rtnetlink.ts';
import { decodeRate } from '../linux/rtnetlink-rate.ts';
import { decodeAddress, decodeRoute, ownRouteProtocol, routeTables } from '../linux/rtnetlink-routes.ts';

export interface LinkListener {
  /** a link of this instance is gone */
  readonly onGone: (hostLink: string) => void;
  /** a link of this instance is otherwise than it was made, or (`false`) is as it should be again */
  readonly onChanged: (hostLink: string, isWrong: boolean) => void;
  /** an address of a pod, or the route to it, was removed */
  readonly onAddressLost: (address: string) => void;
  /** one of the machine's own local routes was removed, or may have been */
  readonly onMachineRouteLost: () => void;
  /** the limit of a link of some instance was changed or taken away */
  readonly onRateChanged: () => void;
  readonly onLost: () => void;
}

const groups = [
  rtnetlinkGroups.link,
  rtnetlinkGroups.tc,
  rtnetlinkGroups.ipv4Address,
  rtnetlinkGroups.ipv6Address,
  rtnetlinkGroups.ipv4Route,
  rtnetlinkGroups.ipv6Route,
  rtnetlinkGroups.ipv4Switches,
  rtnetlinkGroups.ipv6Switches,
];

/**
 * Also inside of pods: a link's other end is in a namespace that the kernel numbers here, netlink(7) NETLINK_LISTEN_ALL_NSID. `names`: of
 * links that are there already, by index.
 */
export function watchLinks(linkPrefix: string, names: Map<number, string>, listener: LinkListener): NetlinkWatch {
  return watchNetlink({
    protocol: 'route',
    groups,
    allNamespaces: true,
    onLost: listener.onLost,
    onMessage: (message) => tell(message, { linkPrefix, names, listener }),
  });
}

interface Hearing {
  readonly linkPrefix: string;
  /** of our links, by index */
  readonly names: Map<number, string>;
  readonly listener: LinkListener;
}

function tell({ type, body }: NetlinkReply, hearing: Hearing): void {
  if (type === rtm.newLink || type === rtm.delLink) tellLink(type, body, hearing);
  else if (type === rtm.delAddress) tellAddress(body, hearing);
  else if (type === rtm.delRoute) tellRoute(body, hearing);
  else if (type === rtm.newNetconf) tellSwitch(body, hearing);
  else if (type === rtm.newQdisc || type === rtm.delQdisc) tellQueue(body, hearing);
}

function tellLink(type: number, body: Buffer, { linkPrefix, names, listener }: Hearing): void {
  const link = decodeLink(body);
  if (!link.name.startsWith(linkPrefix)) return;
  if (type === rtm.delLink) {
    names.delete(link.index);
    listener.onGone(link.name);
    return;
  }
  names.set(link.index, link.name);
  listener.onChanged(link.name, !isHostLinkSetUp(link));
}

function tellAddress(body: Buffer, { names, listener }: Hearing): void {
  const lost = decodeAddress(body);
  if (lost === undefined) return;
  const hostLink = names.get(lost.index);
  // with the last address of a link the kernel removes all of its routes, and tells of none
  if (lost.index === loopbackIndex) listener.onMachineRouteLost();
  else if (lost.scope === 'link' && hostLink !== undefined) listener.onChanged(hostLink, true);
  else if (lost.scope === 'global') listener.onAddressLost(lost.address);
}

function tellRoute(body: Buffer, { listener }: Hearing): void {
  const route = decodeRoute(body);
  if (route?.protocol !== ownRouteProtocol) return;
  if (route.table === routeTables.local) listener.onMachineRouteLost();
  else listener.onAddressLost(route.destination.replace(/\/.*/, ''));
}

/**
 * IPv4: which way is not said in all kernels, it is looked at. IPv6: force_forwarding is told of each link that is made, so only of all
 * links together, and forwarding that was switched off, with which the kernel switches off what was forced.
 */
function tellSwitch(body: Buffer, { names, listener }: Hearing): void {
  const { family, index, forwarding } = decodeSwitch(body);
  const hostLink = names.get(index);
  if (family === AF_INET6 && index < 0 && forwarding === undefined) listener.onLost();
  else if (hostLink !== undefined && (family === AF_INET || forwarding === 0)) listener.onChanged(hostLink, true);
}

/** At which end, in which pod, is not said: links with a limit are few. What podd sets itself is found as it should be. */
function tellQueue(body: Buffer, { listener }: Hearing): void {
  if (decodeRate(body) !== undefined) listener.onRateChanged();
}
