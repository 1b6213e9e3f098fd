/** The link of a pod, decided: names and hardware addresses out of its uid, the same at every start. Pure. */
import type { AddressPair, Bandwidth, NetworkSettings, PodLinkPlan } from '../model/network.ts';

export interface LinkedPod {
  /** a random UUID */
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly addresses: AddressPair;
  readonly bandwidth?: Bandwidth;
}

/** IFNAMSIZ is 16, with the NUL. */
const hostLinkDigits = 9;
/** IFALIASZ is 256, with the NUL. */
const aliasBytes = 255;

/** What is the same for all pods of the machine. */
export type LinkTraits = Pick<PodLinkPlan, 'mtu' | 'routeLocalnet'>;

export function planPodLink(settings: NetworkSettings, pod: LinkedPod, traits: LinkTraits): PodLinkPlan {
  const digits = pod.uid.replaceAll('-', '').toLowerCase();
  // 0x02: locally administered, and no group; the ends differ in another bit
  const macEnd = digits.slice(-10).replaceAll(/../g, ':$&');
  return {
    hostLink: settings.linkPrefix + digits.slice(0, hostLinkDigits),
    alias: linkAlias(pod),
    addresses: pod.addresses,
    hostMac: `02${macEnd}`,
    podMac: `06${macEnd}`,
    machineAddress: settings.dnsAddress,
    ...traits,
    ...(pod.bandwidth === undefined ? {} : { bandwidth: pod.bandwidth }),
  };
}

/** The uid first of what is kept of long names: it alone is unique. */
function linkAlias({ namespace, name, uid }: LinkedPod): string {
  const room = aliasBytes - `podctl  ${uid}`.length;
  return `podctl ${`${namespace}/${name}`.slice(0, room)} ${uid}`;
}
