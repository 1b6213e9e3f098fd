/** Who has which address: in memory only, the records of the pods are the truth. No two pods have one address. */
import type { AddressPair, NetworkRanges } from '../model/network.ts';
import { cidrOf, offsetIn } from '../util/cidr.ts';
import { PodError } from '../util/pod-error.ts';
import { nextPodAddresses, usableAddresses } from './plan-addresses.ts';

export interface AddressPool {
  /** Free addresses, from now on those of `owner`. Throws PodError `AddressesExhausted`. */
  readonly take: (owner: AddressOwner) => AddressPair;
  /** Notes what a record says. False when another pod has one of them. */
  readonly keep: (owner: AddressOwner, addresses: AddressPair) => boolean;
  /** Lets go of what the pod has. True when it had any. */
  readonly release: (uid: string) => boolean;
  /** Undefined when it has none. */
  readonly ownerOf: (uid: string) => (AddressOwner & { readonly addresses: AddressPair }) | undefined;
  /** `<namespace>/<name>` of those whose addresses are of an earlier range */
  readonly outside: () => readonly string[];
  readonly count: () => number;
}

export interface AddressOwner {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** How many pods an error names. */
const namedOwners = 3;

export function createAddressPool(ranges: NetworkRanges): AddressPool {
  const owners = new Map<string, AddressOwner>();
  const held = new Map<string, AddressPair>();
  let last: string | undefined;

  const enter = (owner: AddressOwner, addresses: AddressPair): void => {
    held.set(owner.uid, addresses);
    for (const address of addressesOf(addresses)) owners.set(address, owner);
    last = addresses.ipv4;
  };
  return {
    take: (owner) => {
      const addresses = nextPodAddresses(ranges, (ipv4) => owners.has(ipv4), last);
      if (addresses === undefined) throw exhausted(ranges, owners);
      enter(owner, addresses);
      return addresses;
    },
    keep: (owner, addresses) => {
      const isTaken = addressesOf(addresses).some((address) => (owners.get(address) ?? owner).uid !== owner.uid);
      if (!isTaken) enter(owner, addresses);
      return !isTaken;
    },
    release: (uid) => {
      const addresses = held.get(uid);
      if (addresses === undefined) return false;
      held.delete(uid);
      for (const address of addressesOf(addresses)) owners.delete(address);
      return true;
    },
    ownerOf: (uid) => {
      const addresses = held.get(uid);
      const owner = addresses === undefined ? undefined : owners.get(addresses.ipv4);
      return addresses === undefined || owner === undefined ? undefined : { ...owner, addresses };
    },
    outside: () => {
      const range = cidrOf(ranges.pods4);
      return [...held.values()].flatMap(({ ipv4 }) => {
        const owner = owners.get(ipv4);
        const isInside = offsetIn(range, ipv4) !== undefined;
        return isInside || owner === undefined ? [] : [`${owner.namespace}/${owner.name}`];
      });
    },
    count: () => held.size,
  };
}

const addressesOf = ({ ipv4, ipv6 }: AddressPair): readonly string[] => (ipv6 === undefined ? [ipv4] : [ipv4, ipv6]);

function exhausted({ pods4 }: NetworkRanges, owners: ReadonlyMap<string, AddressOwner>): PodError {
  const range = cidrOf(pods4);
  const inside = [...owners].flatMap(([address, owner]) => (offsetIn(range, address) === undefined ? [] : [owner]));
  const names = inside.slice(0, namedOwners).map(({ namespace, name }) => `${namespace}/${name}`);
  const more = inside.length > names.length ? ` and ${inside.length - names.length} more` : '';
  const usage = `${inside.length} of ${usableAddresses(range)} in use, by ${names.join(', ')}${more}`;
  return new PodError('AddressesExhausted', `no free address in ${pods4}: ${usage}`, {
    hint: 'it starts when another pod is deleted; PODCTL_POD_CIDR sets a larger range',
  });
}
