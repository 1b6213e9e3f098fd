/**
 * A pod's link: a routed veth pair, both ends with addresses, neighbours entered for good and routes. Made by the zygote with the
 * network namespace, made anew by podd where somebody removed it.
 *
 *   pod: eth0, 10.99.0.5/32, fd…::5/128            machine: pc…, fe80::1/128
 *        default via 169.254.1.1, via fe80::1  ◀──▶ 10.99.0.5 and fd…::5 through it
 */
import type { PodLinkPlan } from '../model/network.ts';
import { perform, transact } from './netlink.ts';
import type { NetlinkMessage } from './netlink-message.ts';
import { type LinkEnds, limitEnds, tryLimitEnds } from './pod-link-rate.ts';
import {
  bringLinkUp,
  decodeLink,
  deleteLink,
  getLink,
  type InetSwitch,
  type Link,
  type LinkSettings,
  makeVeth,
  rtm,
  setUpLink,
} from './rtnetlink.ts';
import { addAddress, addRoute, type OwnRoute, setNeighbour } from './rtnetlink-routes.ts';
import { setSysctl } from './sysctl.ts';

/** in the pod, as programs know it */
const podLinkName = 'eth0';
/** the machine as the pod's next hop; nobody has these addresses but on the pod's own link */
const gateway4 = '169.254.1.1';
const gateway6 = 'fe80::1';

/** Sockets of the two namespaces, and an fd of the pod's. */
export interface PodLinkPlaces {
  readonly home: number;
  readonly pod: number;
  readonly podNamespace: number;
}

/** Both ends; the machine's network namespace must be this thread's own now. Throws SysError naming the step. */
export function makePodLink(plan: PodLinkPlan, { home, pod, podNamespace }: PodLinkPlaces): void {
  const hostIndex = makePair(plan, home, podNamespace);
  setIpv6Switches(plan.hostLink);
  const { index } = decodeLink(oneReply(pod, getLink(podLinkName)));
  perform(pod, [setUpLink(index, podLinkSettings), bringLinkUp(index), ...podEnd(plan, index)]);
  perform(home, [...hostSetUp(plan, hostIndex), ...hostEnd(plan, hostIndex)]);
  tryLimitEnds(plan.bandwidth, { home, host: hostIndex, pod, end: index });
}

/** Changes of its bandwidth what is otherwise than planned, and tells what; nothing where the link is not there. Throws SysError. */
export function limitPodLink(plan: PodLinkPlan, { home, pod }: Pick<PodLinkPlaces, 'home' | 'pod'>): readonly string[] {
  const host = findLink(home, plan.hostLink);
  const end = findLink(pod, podLinkName);
  if (host === undefined || end === undefined || !isOwnLink(host, plan)) return [];
  return limitEnds(plan.bandwidth, { home, host, pod, end });
}

/**
 * Puts back what is missing of a link, and tells what it was; nothing that is as planned is touched: connections go on. Throws SysError,
 * and an error where the link of that name is somebody else's.
 */
export function mendPodLink(plan: PodLinkPlan, places: PodLinkPlaces): readonly string[] {
  const host = findLink(places.home, plan.hostLink);
  if (host !== undefined && !isOwnLink(host, plan)) throw foreignLink(host);
  const end = findLink(places.pod, podLinkName);
  if (host === undefined || end === undefined) {
    if (host !== undefined) perform(places.home, [deleteLink(host.name)]);
    makePodLink(plan, places);
    return ['the link'];
  }
  return [
    ...(end.isUp ? [] : repair(places.pod, 'the state of its end', [bringLinkUp(end.index)])),
    ...addMissing(places.pod, podEnd(plan, end.index)),
    ...(isHostLinkSetUp(host, hostSwitches(plan))
      ? []
      : repair(places.home, 'the settings of its link', hostSetUp(plan, host.index))),
    ...(setIpv6Switches(plan.hostLink) ? ['the IPv6 settings of its link'] : []),
    ...addMissing(places.home, [machineRoute(plan.machineAddress), ...hostEnd(plan, host.index)]),
    ...limitIfKnown(plan, { home: places.home, host, pod: places.pod, end }),
  ];
}

/** A kernel without the queue has told so when the pod started. */
function limitIfKnown({ bandwidth }: PodLinkPlan, ends: LinkEnds): readonly string[] {
  try {
    return limitEnds(bandwidth, ends);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** False when somebody took it down, or changed what pods and machine rely on (`switches`: what all links have). */
export const isHostLinkSetUp = (
  { isUp, inet }: Link,
  switches: Readonly<Partial<Record<InetSwitch, number>>> = commonSwitches,
): boolean =>
  isUp && (inet === undefined || Object.entries(switches).every(([name, value]) => inet[name as InetSwitch] === value));

function repair(socket: number, what: string, messages: readonly NetlinkMessage[]): string[] {
  perform(socket, messages);
  return [what];
}

/** What was there is refused with EEXIST. Neighbours are set anew whatever they were, without a word. */
function addMissing(socket: number, messages: readonly NetlinkMessage[]): string[] {
  return transact(socket, messages).flatMap(({ refusal }, index) => {
    const message = messages[index];
    if (refusal !== undefined && refusal.code !== 'EEXIST') throw refusal;
    const isNew = refusal === undefined && message !== undefined && message.type !== rtm.newNeighbour;
    return isNew ? [message.what.replace(/^add /, '')] : [];
  });
}

function findLink(socket: number, name: string): Link | undefined {
  const [outcome] = transact(socket, [getLink(name)]);
  if (outcome?.refusal?.code === 'ENODEV') return undefined;
  if (outcome?.refusal !== undefined) throw outcome.refusal;
  return outcome?.replies[0] === undefined ? undefined : decodeLink(outcome.replies[0].body);
}

/** The alias comes after the link: a start may have been killed in between. */
const isOwnLink = ({ alias, mac }: Link, plan: PodLinkPlan): boolean =>
  alias === plan.alias || (alias === '' && mac === plan.hostMac);

const foreignLink = ({ name, alias }: Link): Error =>
  new Error(`link ${name} of this machine is somebody else's${alias === '' ? '' : `: ${alias}`}`);

/** Returns the index of the machine's end. A link of that name that an earlier start left is removed first. */
function makePair(plan: PodLinkPlan, home: number, podNamespace: number): number {
  const { hostLink, hostMac, podMac, mtu } = plan;
  const make = makeVeth(
    { name: hostLink, mac: hostMac, mtu },
    { name: podLinkName, mac: podMac, mtu, namespaceFd: podNamespace },
  );
  // the route may be there already: all pods share it
  const [, made, seen] = transact(home, [machineRoute(plan.machineAddress), make, getLink(hostLink)]);
  const link = seen?.replies[0] === undefined ? undefined : decodeLink(seen.replies[0].body);
  if (made?.refusal === undefined && link !== undefined) return link.index;
  if (link !== undefined && !isOwnLink(link, plan)) throw foreignLink(link);
  if (made?.refusal?.code !== 'EEXIST') throw made?.refusal ?? seen?.refusal;
  perform(home, [deleteLink(hostLink)]);
  perform(home, [make]);
  return decodeLink(oneReply(home, getLink(hostLink))).index;
}

/** Makes it an address of the machine without giving it to a link; also a source for its packets. */
export const machineRoute = (address: string): NetlinkMessage =>
  addRoute({ destination: `${address}/32`, index: loopbackIndex, type: 'local' });

/** LOOPBACK_IFINDEX, in every network namespace */
export const loopbackIndex = 1;

function oneReply(socket: number, message: NetlinkMessage): Buffer {
  const [reply] = perform(socket, [message]);
  if (reply === undefined) throw new Error(`bug: no answer to: ${message.what}`);
  return reply.body;
}

const podLinkSettings: LinkSettings = { withoutLinkLocal: true };

/** Packets from the pod are forwarded, but only those that have its own address (rp_filter); it cannot change the machine's routes. */
const commonSwitches = { forwarding: 1, accept_redirects: 0, rp_filter: 1 } as const;

const hostSwitches = ({ routeLocalnet }: PodLinkPlan) => ({ ...commonSwitches, route_localnet: Number(routeLocalnet) });

const hostLinkSettings = (plan: PodLinkPlan): LinkSettings => ({
  alias: plan.alias,
  inet: hostSwitches(plan),
  withoutLinkLocal: true,
});

const hostSetUp = (plan: PodLinkPlan, index: number): NetlinkMessage[] => [
  setUpLink(index, hostLinkSettings(plan)),
  bringLinkUp(index),
];

/** A router advertisement of a pod must not become the machine's route. force_forwarding: since Linux 6.17. */
const ipv6Switches = { accept_ra: '0', accept_redirects: '0', force_forwarding: '1' } as const;

/** True when one of them was otherwise. */
function setIpv6Switches(link: string): boolean {
  const changed = Object.entries(ipv6Switches).map(([name, value]) =>
    setSysctl(`net/ipv6/conf/${link}/${name}`, value),
  );
  return changed.includes('changed');
}

/** What the pod's end has. */
function podEnd({ addresses: { ipv4, ipv6 }, hostMac: mac }: PodLinkPlan, index: number): NetlinkMessage[] {
  const through = (destination: string, gateway: string): OwnRoute => ({
    destination,
    gateway,
    index,
    type: 'unicast',
  });
  const messages = [
    addAddress({ index, address: ipv4, prefix: 32, scope: 'global' }),
    setNeighbour({ index, address: gateway4, mac }),
    addRoute(through('0.0.0.0/0', gateway4)),
  ];
  if (ipv6 === undefined) return messages;
  return [
    ...messages,
    addAddress({ index, address: ipv6, prefix: 128, scope: 'global' }),
    setNeighbour({ index, address: gateway6, mac }),
    addRoute(through('::/0', gateway6)),
  ];
}

/** What the machine's end has. */
function hostEnd(
  { addresses: { ipv4, ipv6 }, podMac: mac, machineAddress }: PodLinkPlan,
  index: number,
): NetlinkMessage[] {
  const messages = [
    setNeighbour({ index, address: ipv4, mac }),
    addRoute({ destination: `${ipv4}/32`, index, type: 'unicast', source: machineAddress }),
  ];
  if (ipv6 === undefined) return messages;
  return [
    ...messages,
    addAddress({ index, address: gateway6, prefix: 128, scope: 'link' }),
    setNeighbour({ index, address: ipv6, mac }),
    addRoute({ destination: `${ipv6}/128`, index, type: 'unicast' }),
  ];
}
