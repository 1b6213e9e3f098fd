import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressAt,
  type Cidr,
  cidrOf,
  cidrSize,
  contains,
  formatAddress,
  formatCidr,
  offsetIn,
  overlaps,
  parseAddress,
  parseCidr,
} from '../../../src/util/cidr.ts';

const address = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((number) => ({ family: 4 as const, number })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((number) => ({ family: 6 as const, number })),
);

describe('parseAddress', () => {
  test.each(['10.0.0.1', 'fd00::1', '::', '0.0.0.0', '255.255.255.255'])('reads %s', (text) => {
    const read = parseAddress(text);
    expect(read && formatAddress(read)).toBe(text);
  });

  test.each([
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('writes %s in the shortest form', (text, short) => {
    const read = parseAddress(text);
    expect(read && formatAddress(read)).toBe(short);
  });

  test.each(['', '10.0.0', '010.0.0.1', '0x7f.0.0.1', '1.2.3.256', '1.2.3.4.5', ' 1.2.3.4', 'fe80::1%eth0', '1', 'a'])(
    'refuses "%s"',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test('reads every address as it was written', () => {
    fc.assert(
      fc.property(address, (one) => {
        expect(parseAddress(formatAddress(one))).toEqual(one);
      }),
    );
  });
});

describe('parseCidr', () => {
  test.each(['10.99.0.0/16', '0.0.0.0/0', '10.0.0.1/32', 'fd12:3456:789a::/64', '::/0', 'fd00::1/128'])(
    'reads %s',
    (text) => {
      const parsed = parseCidr(text);
      expect(parsed.ok && formatCidr(parsed.value)).toBe(text);
    },
  );

  test.each([
    ['10.99.0.0', 'must be an address and a prefix length, as 10.99.0.0/16 or fd12:3456:789a::/64'],
    ['pods/16', 'must be an address and a prefix length, as 10.99.0.0/16 or fd12:3456:789a::/64'],
    ['10.99.0.0/33', 'must have a prefix length between 0 and 32'],
    ['10.99.0.0/016', 'must have a prefix length between 0 and 32'],
    ['fd00::/129', 'must have a prefix length between 0 and 128'],
    ['10.99.0.1/16', 'has host bits set: the block is 10.99.0.0/16'],
    ['fd00::1/64', 'has host bits set: the block is fd00::/64'],
  ])('refuses %s and says why', (text, error) => {
    expect(parseCidr(text)).toEqual({ ok: false, error });
  });
});

const block = fc.tuple(address, fc.nat(128)).map(([{ family, number }, length]): Cidr => {
  const prefix = family === 4 ? length % 33 : length;
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefix);
  return { family, first: (number >> hostBits) << hostBits, prefix };
});

describe('blocks', () => {
  test('overlap when one has the first address of the other', () => {
    fc.assert(
      fc.property(block, block, (a, b) => {
        const first = ({ family, first: number }: Cidr) => ({ family, number });
        expect(overlaps(a, b)).toBe(contains(a, first(b)) || contains(b, first(a)));
      }),
    );
  });

  test('count their addresses from the first', () => {
    fc.assert(
      fc.property(block, (one) => {
        const last = cidrSize(one) - 1n;
        expect(offsetIn(one, addressAt(one, last))).toBe(last);
        expect(offsetIn(one, addressAt(one, 0))).toBe(0n);
      }),
    );
    expect(offsetIn(cidrOf('10.99.0.0/16'), '10.100.0.0')).toBeUndefined();
    expect(offsetIn(cidrOf('10.99.0.0/16'), 'fd00::1')).toBeUndefined();
  });
});
