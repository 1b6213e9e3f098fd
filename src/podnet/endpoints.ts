/** Where a proxied port leads to, in turn; replaced while connections go on. */
import type { Endpoint } from '../model/network.ts';
import { addressesOf, isIpv6 } from './address-names.ts';
import type { ListenAddress } from './listen.ts';

export interface Endpoints {
  readonly replace: (endpoints: readonly Endpoint[]) => void;
  /** All places to try for one client, best first; the next client begins with the next endpoint. */
  readonly inTurn: () => readonly ListenAddress[];
  /** Whether the place is still one of them. */
  readonly has: (place: ListenAddress) => boolean;
}

/** Of each endpoint the address of the listener's family comes first; a program may listen on one of the two only. */
export function createEndpoints(listener: ListenAddress): Endpoints {
  const prefersIpv6 = isIpv6(listener.address);
  let places: readonly (readonly ListenAddress[])[] = [];
  let known: ReadonlySet<string> = new Set();
  let turn = 0;
  return {
    replace: (endpoints) => {
      places = endpoints.map((endpoint) => placesOf(endpoint, prefersIpv6));
      known = new Set(places.flat().map(keyOf));
    },
    inTurn: () => {
      const first = places.length === 0 ? 0 : turn++ % places.length;
      return [...places.slice(first), ...places.slice(0, first)].flat();
    },
    has: (place) => known.has(keyOf(place)),
  };
}

function placesOf({ addresses, port }: Endpoint, prefersIpv6: boolean): readonly ListenAddress[] {
  const places = addressesOf(addresses).map((address) => ({ address, port }));
  return prefersIpv6 ? places.toReversed() : places;
}

const keyOf = ({ address, port }: ListenAddress): string => `${address} ${port}`;
