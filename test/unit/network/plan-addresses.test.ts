import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AddressPair } from '../../../src/model/network.ts';
import { type AddressPool, createAddressPool } from '../../../src/network/address-pool.ts';
import { nextPodAddresses, usableAddresses } from '../../../src/network/plan-addresses.ts';
import { addressAt, cidrOf, cidrSize, offsetIn } from '../../../src/util/cidr.ts';

const small = { pods4: '10.99.0.0/29', services4: '10.99.128.0/17' };
const dual = { ...small, pods6: 'fd00:1::/64', services6: 'fd00:2::/112' };
const owner = (uid: string) => ({ uid, namespace: 'default', name: `pod-${uid}` });

describe('nextPodAddresses', () => {
  test.each([
    ['the first but the network’s own', undefined, [], '10.99.0.1'],
    ['the one after the last', '10.99.0.3', [], '10.99.0.4'],
    ['none that is in use', '10.99.0.3', ['10.99.0.4', '10.99.0.5'], '10.99.0.6'],
    ['the first again after the end, without the last', '10.99.0.6', [], '10.99.0.1'],
    ['the first after one of another range', '10.7.0.6', [], '10.99.0.1'],
  ])('gives %s', (_, after, used, expected) => {
    expect(nextPodAddresses(small, (address) => used.some((one) => one === address), after)?.ipv4).toBe(expected);
  });

  test('gives both families the same place', () => {
    expect(nextPodAddresses(dual, () => false, '10.99.0.4')).toEqual({ ipv4: '10.99.0.5', ipv6: 'fd00:1::5' });
  });

  test.each(['10.0.0.0/30', '10.0.0.4/30', '10.0.0.128/25', '10.0.0.0/24', '10.0.0.0/22'])(
    'gives all of %s once before any again, none that ends in .0 or .255',
    (pods4) => {
      const range = cidrOf(pods4);
      const given: string[] = [];
      for (let index = 0; index < usableAddresses(range); index++) {
        const next = nextPodAddresses({ ...small, pods4 }, (address) => given.includes(address), given.at(-1));
        given.push(next?.ipv4 ?? 'none');
      }
      expect(new Set(given).size).toBe(usableAddresses(range));
      expect(given.filter((address) => offsetIn(range, address) === undefined || /\.(0|255)$/.test(address))).toEqual(
        [],
      );
      expect(given).not.toContain(addressAt(range, cidrSize(range) - 1n));
      expect(nextPodAddresses({ ...small, pods4 }, (address) => given.includes(address), given.at(-1))).toBeUndefined();
    },
  );
});

describe('the pool', () => {
  test('says which range is exhausted, and by whom', () => {
    const pool = createAddressPool({ ...small, pods4: '10.99.0.0/30' });
    pool.take(owner('a'));
    pool.take(owner('b'));
    expect(() => pool.take(owner('c'))).toThrow(
      'no free address in 10.99.0.0/30: 2 of 2 in use, by default/pod-a, default/pod-b',
    );
    expect(pool.release('a')).toBe(true);
    expect(pool.take(owner('c'))).toEqual({ ipv4: '10.99.0.1' });
  });

  test('keeps what a record says, also of another range, and refuses it to a second pod', () => {
    const pool = createAddressPool(dual);
    expect(pool.keep(owner('a'), { ipv4: '10.7.0.1' })).toBe(true);
    expect(pool.keep(owner('a'), { ipv4: '10.7.0.1' })).toBe(true);
    expect(pool.keep(owner('b'), { ipv4: '10.7.0.1' })).toBe(false);
    expect(pool.count()).toBe(1);
    expect(pool.release('b')).toBe(false);
  });

  test('gives an address that was let go as late as can be', () => {
    const pool = createAddressPool(small);
    const [first] = ['a', 'b'].map((uid) => pool.take(owner(uid)));
    pool.release('a');
    const later = ['c', 'd', 'e', 'f'].map((uid) => pool.take(owner(uid)).ipv4);
    expect(later).toEqual(['10.99.0.3', '10.99.0.4', '10.99.0.5', '10.99.0.6']);
    expect(pool.take(owner('g'))).toEqual(first);
  });

  test('never gives one address to two pods, whatever comes and goes and is read back', () => {
    const step = fc.record({
      uid: fc.constantFrom(...'abcdefgh'),
      does: fc.constantFrom(...Object.keys(performed)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let state: State = { pool: createAddressPool(dual), held: new Map() };
        for (const one of steps) {
          state = performed[one.does]?.(state, one.uid) ?? state;
          const all = [...state.held.values()].flatMap((pair) => Object.values(pair));
          expect(new Set(all).size).toBe(2 * state.held.size);
        }
      }),
    );
  });
});

interface State {
  readonly pool: AddressPool;
  readonly held: Map<string, AddressPair>;
}

const performed: Readonly<Record<string, (state: State, uid: string) => State>> = {
  take: ({ pool, held }, uid) => {
    if (!held.has(uid) && held.size < 6) held.set(uid, pool.take(owner(uid)));
    return { pool, held };
  },
  release: ({ pool, held }, uid) => {
    expect(pool.release(uid)).toBe(held.delete(uid));
    return { pool, held };
  },
  restart: ({ held }) => {
    const pool = createAddressPool(dual);
    for (const [uid, addresses] of held) expect(pool.keep(owner(uid), addresses)).toBe(true);
    return { pool, held };
  },
};
