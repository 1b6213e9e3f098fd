/** Links of this machine that are no pod's: that they come, and that somebody turns their switches. */
import { closeSync } from 'node:fs';
import { dump, type NetlinkWatch, openNetlink, watchNetlink } from '../linux/netlink.ts';
import type { NetlinkReply } from '../linux/netlink-message.ts';
import { decodeLink, decodeSwitch, listLinks, rtm, rtnetlinkGroups } from '../linux/rtnetlink.ts';
import { watchIpv6Forwarding } from './watch-ipv6-forwarding.ts';

/** Of any podctl: `pc`, 4 digits of the instance, 9 of the pod. */
export const isPodLink = (name: string): boolean => /^pc[0-9a-f]{13}$/.test(name);

/** `onChange`: look again. What is told of pods' links costs next to nothing. */
export function watchOtherLinks(onChange: () => void): NetlinkWatch {
  const others = new Set<number>();
  const pods = new Set<number>();
  const watch = watchNetlink({
    protocol: 'route',
    groups: [rtnetlinkGroups.link, rtnetlinkGroups.ipv4Switches, rtnetlinkGroups.ipv6Switches],
    onLost: onChange,
    onMessage: (message) => {
      if (isNews(message, others, pods)) onChange();
    },
  });
  for (const { index, name } of readLinks()) (isPodLink(name) ? pods : others).add(index);
  const forwarding = watchIpv6Forwarding(onChange);
  return {
    close: () => {
      forwarding.close();
      watch.close();
    },
  };
}

function isNews({ type, body }: NetlinkReply, others: Set<number>, pods: Set<number>): boolean {
  if (type === rtm.newNetconf) {
    const { index } = decodeSwitch(body);
    // of a link that is being made it comes before the link itself
    return index < 0 || others.has(index);
  }
  const index = body.readInt32LE(4);
  if (type === rtm.delLink) {
    pods.delete(index);
    return others.delete(index);
  }
  if (others.has(index) || pods.has(index)) return false;
  const isPods = isPodLink(decodeLink(body).name);
  (isPods ? pods : others).add(index);
  return !isPods;
}

function readLinks(): { readonly index: number; readonly name: string }[] {
  const socket = openNetlink('route');
  try {
    return dump(socket, listLinks(), decodeLink);
  } finally {
    closeSync(socket);
  }
}
