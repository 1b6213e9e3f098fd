/**
 * The pod network as the reconciler sees it: addresses for pods, and what the machine does for all of them together.
 *
 *   a pod, a Service, a policy changes ─touch─▶ (once a turn) plan ─▶ NetworkState ─▶ firewall
 *                                                                └─▶ PodnetWanted ─▶ podnet
 *
 * Nothing of it is needed for what runs to go on: the kernel and podnet keep what they were told last.
 */
import type { InstancePaths } from '../model/instance-paths.ts';
import type { AddressPair, NetworkSettings, PodLinkPlan } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { NetworkStatus } from '../protocol/api.ts';
import { type AddressOwner, createAddressPool } from './address-pool.ts';
import { dropClaim } from './claims.ts';
import type { ChosenSettings } from './network-settings.ts';
import { type LinkedPod, planPodLink } from './plan-link.ts';

/** What the network looks at when something changed. */
export interface NetworkSource {
  readonly pods: () => readonly NetworkPod[];
}

export interface Network {
  readonly settings: NetworkSettings;
  /** Takes over what runs; once, when the records are read. */
  readonly start: (source: NetworkSource) => Promise<void>;
  /** Addresses that are the pod's own until it is released; undefined: pods have loopback alone here. Throws PodError `AddressesExhausted`. */
  readonly assign: (pod: AddressOwner) => AddressPair | undefined;
  /** The link that the pod gets with its network namespace; undefined: none, pods have loopback alone here. */
  readonly linkOf: (pod: LinkedPod) => PodLinkPlan | undefined;
  /** What the pod's record says it has. False when another pod has it. */
  readonly keep: (pod: AddressOwner, addresses: AddressPair) => boolean;
  /** The pod is gone for good. True when others can have its addresses now. */
  readonly release: (uid: string) => boolean;
  /** Something that the network depends on changed; cheap, it is looked at soon and once for all. */
  readonly touch: () => void;
  readonly status: () => NetworkStatus;
  readonly problems: () => readonly string[];
  /** podd ends. What pods use stays as long as there are any. */
  readonly close: () => Promise<void>;
}

export interface NetworkDeps {
  readonly paths: InstancePaths;
  readonly log: (message: string) => void;
}

/** Nothing is done on the machine before `start`. */
export function createNetwork({ settings, mtu, problems }: ChosenSettings, { paths }: NetworkDeps): Network {
  const pool = createAddressPool(settings.ranges);
  return {
    settings,
    start: async () => undefined,
    assign: pool.take,
    linkOf: (pod) => planPodLink(settings, pod, mtu),
    keep: pool.keep,
    release: pool.release,
    touch: () => undefined,
    status: () => ({ ...statusOf(settings), mode: 'off', addresses: pool.count() }),
    problems: () => problems,
    close: async () => {
      if (pool.count() === 0) await dropClaim(paths.run);
    },
  };
}

/** A machine whose pods have loopback alone. */
export function createNoNetwork(settings: NetworkSettings, why: string): Network {
  return {
    settings,
    start: async () => undefined,
    assign: () => undefined,
    linkOf: () => undefined,
    keep: () => true,
    release: () => false,
    touch: () => undefined,
    status: () => ({ mode: 'off', why, podRanges: [], serviceRanges: [], addresses: 0 }),
    problems: () => [],
    close: async () => undefined,
  };
}

function statusOf({ ranges, dnsAddress }: NetworkSettings) {
  const { pods4, pods6, services4, services6 } = ranges;
  return {
    podRanges: pods6 === undefined ? [pods4] : [pods4, pods6],
    serviceRanges: services6 === undefined ? [services4] : [services4, services6],
    dnsAddress,
  };
}
