/** The pod network as the reconciler sees it: addresses for pods, and what the machine does for all of them together. */
import type { AddressPair, NetworkSettings, PodLinkPlan } from '../model/network.ts';
import type { NetworkStatus } from '../protocol/api.ts';
import type { AddressOwner } from './address-pool.ts';
import type { LinkedPod } from './plan-link.ts';
import type { NetworkObjects } from './plan-network-state.ts';

/** What the network looks at when something changed. */
export interface NetworkSource {
  readonly objects: () => NetworkObjects;
  /** some pods may be isolated */
  readonly hasPolicies: () => boolean;
  /** false while pods that ran before this podd did not tell of themselves yet */
  readonly isKnown: () => boolean;
}

export interface Network {
  readonly settings: NetworkSettings;
  /** Takes over what runs; once, when the records are read and `keep` was told of them. */
  readonly start: (source: NetworkSource) => Promise<void>;
  /** Addresses that are the pod's own until it is released; undefined: pods have loopback alone here. Throws PodError `AddressesExhausted`. */
  readonly assign: (pod: AddressOwner) => AddressPair | undefined;
  /** The link that the pod gets with its network namespace; undefined: none, pods have loopback alone here. */
  readonly linkOf: (pod: LinkedPod) => PodLinkPlan | undefined;
  /** What the pod's record says it has. False when another pod has it. */
  readonly keep: (pod: AddressOwner, addresses: AddressPair) => boolean;
  /** The pod is gone for good. Resolves when its link is gone too: true when others can have its addresses now. */
  readonly release: (uid: string) => Promise<boolean>;
  /** Something that the network depends on changed; cheap, it is looked at soon and once for all. */
  readonly touch: () => void;
  /** What a pod's programs find when they start is to be there; undefined: it is. Rejects with PodError `NotIsolated`. */
  readonly beforeStart: () => Promise<void> | undefined;
  /** All that was wanted up to now is in force, or could not be made so in a time that one waits. */
  readonly settled: () => Promise<void>;
  readonly status: () => NetworkStatus;
  readonly problems: () => readonly string[];
  /** podd ends. What pods use stays as long as there are any. */
  readonly close: () => Promise<void>;
}

/** A machine whose pods have loopback alone. */
export function createNoNetwork(settings: NetworkSettings, why: string): Network {
  return {
    settings,
    start: async () => undefined,
    assign: () => undefined,
    linkOf: () => undefined,
    keep: () => true,
    release: async () => false,
    touch: () => undefined,
    beforeStart: () => undefined,
    settled: async () => undefined,
    status: () => ({ mode: 'off', why, podRanges: [], serviceRanges: [], addresses: 0 }),
    problems: () => [`pods have loopback alone: ${why}`],
    close: async () => undefined,
  };
}
