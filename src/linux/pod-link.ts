/**
 * A pod's link: a routed veth pair, both ends with addresses, neighbours entered for good and routes. Made by the zygote with the
 * network namespace, made anew by podd where somebody removed it.
 *
 *   pod: eth0, 10.99.0.5/32, fd…::5/128            machine: pc…, fe80::1/128
 *        default via 169.254.1.1, via fe80::1  ◀──▶ 10.99.0.5 and fd…::5 through it
 */
import { writeFileSync } from 'node:fs';
import type { PodLinkPlan } from '../model/network.ts';
import { perform, transact } from './netlink.ts';
import type { NetlinkMessage } from './netlink-message.ts';
import { bringLinkUp, decodeLink, deleteLink, getLink, type LinkSettings, makeVeth, setUpLink } from './rtnetlink.ts';
import { addAddress, addRoute, type OwnRoute, setNeighbour } from './rtnetlink-routes.ts';

export const podLinkName = 'eth0';
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
  writeIpv6Switches(plan.hostLink);
  const { index } = decodeLink(oneReply(pod, getLink(podLinkName)));
  perform(pod, [setUpLink(index, podLinkSettings), bringLinkUp(index), ...podEnd(plan, index)]);
  perform(home, [setUpLink(hostIndex, hostLinkSettings(plan)), bringLinkUp(hostIndex), ...hostEnd(plan, hostIndex)]);
}

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
  if (made?.refusal?.code !== 'EEXIST' || link?.alias !== plan.alias) throw made?.refusal ?? seen?.refusal;
  perform(home, [deleteLink(hostLink)]);
  perform(home, [make]);
  return decodeLink(oneReply(home, getLink(hostLink))).index;
}

/** Makes it an address of the machine without giving it to a link; also a source for its packets. */
export const machineRoute = (address: string): NetlinkMessage =>
  addRoute({ destination: `${address}/32`, index: loopbackIndex, type: 'local' });

/** LOOPBACK_IFINDEX, in every network namespace */
const loopbackIndex = 1;

function oneReply(socket: number, message: NetlinkMessage): Buffer {
  const [reply] = perform(socket, [message]);
  if (reply === undefined) throw new Error(`bug: no answer to: ${message.what}`);
  return reply.body;
}

const podLinkSettings: LinkSettings = { withoutLinkLocal: true };

/** Packets from the pod are forwarded, but only those that have its own address (rp_filter); it cannot change the machine's routes. */
const hostSwitches = { forwarding: 1, accept_redirects: 0, rp_filter: 1, route_localnet: 1 } as const;

const hostLinkSettings = ({ alias }: PodLinkPlan): LinkSettings => ({
  alias,
  inet: hostSwitches,
  withoutLinkLocal: true,
});

/** A router advertisement of a pod must not become the machine's route. force_forwarding: since Linux 6.17. */
const ipv6Switches = { accept_ra: '0', accept_redirects: '0', force_forwarding: '1' } as const;

function writeIpv6Switches(link: string): void {
  for (const [name, value] of Object.entries(ipv6Switches)) {
    try {
      writeFileSync(`/proc/sys/net/ipv6/conf/${link}/${name}`, value, { flag: 'r+' });
    } catch (error) {
      // a kernel without IPv6, or without this switch
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
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
