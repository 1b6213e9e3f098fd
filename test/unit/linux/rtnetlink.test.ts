import { describe, expect, test } from 'vitest';
import { addressBytes, addressText } from '../../../src/linux/inet-address.ts';
import { encodeMessages, type NetlinkMessage } from '../../../src/linux/netlink-message.ts';
import { bringLinkUp, decodeLink, deleteLink, makeVeth, setUpLink } from '../../../src/linux/rtnetlink.ts';
import {
  addAddress,
  addRoute,
  decodeAddress,
  decodeNeighbour,
  decodeRoute,
  deleteRoute,
  setNeighbour,
} from '../../../src/linux/rtnetlink-routes.ts';

/** Type, flags, and what follows nlmsghdr, in words of four bytes. */
function wire(message: NetlinkMessage): { type: number; flags: number; body: string } {
  const bytes = encodeMessages([message], 1);
  const body = bytes.toString('hex', 16).replaceAll(/.{8}(?=.)/g, '$& ');
  return { type: message.type, flags: bytes.readUInt16LE(6), body };
}
const body = (message: NetlinkMessage): Buffer => encodeMessages([message], 1).subarray(16);

describe('messages for the kernel', () => {
  test('a veth pair is made with its peer in another namespace', () => {
    const made = makeVeth(
      { name: 'pc1', mac: '02:00:00:00:00:01', mtu: 1500 },
      { name: 'eth0', mac: '06:00:00:00:00:01', mtu: 1500, namespaceFd: 9 },
    );
    expect(wire(made)).toEqual({
      type: 16,
      flags: 0x605,
      body: [
        '00000000 00000000 00000000 00000000',
        '08000300 70633100 0a000100 02000000 00010000 08000400 dc050000',
        '50001280 09000100 76657468 00000000 40000280 3c000180',
        '00000000 00000000 00000000 00000000',
        '09000300 65746830 00000000 0a000100 06000000 00010000 08000400 dc050000 08001c00 09000000',
      ].join(' '),
    });
  });

  test('a link is set up with its alias, its IPv4 switches and without a link-local address', () => {
    expect(wire(setUpLink(7, { alias: 'me', inet: { forwarding: 1, rp_filter: 1 }, withoutLinkLocal: true }))).toEqual({
      type: 19,
      flags: 5,
      body: [
        '00000000 07000000 00000000 00000000',
        '07001400 6d650000',
        '28001a80 18000280 14000180 08000100 01000000 08000800 01000000 0c000a80 05000800 01000000',
      ].join(' '),
    });
  });

  const cases: [string, NetlinkMessage, { type: number; flags: number; body: string }][] = [
    ['up', bringLinkUp(7), { type: 19, flags: 5, body: '00000000 07000000 01000000 01000000' }],
    ['gone', deleteLink('pc1'), { type: 17, flags: 5, body: '00000000 00000000 00000000 00000000 08000300 70633100' }],
    [
      'an IPv4 address',
      addAddress({ index: 7, address: '10.99.0.5', prefix: 32, scope: 'global' }),
      { type: 20, flags: 0x605, body: '02200000 07000000 08000200 0a630005 08000100 0a630005' },
    ],
    [
      'an IPv6 address without duplicate detection',
      addAddress({ index: 7, address: 'fe80::1', prefix: 128, scope: 'link' }),
      {
        type: 20,
        flags: 0x605,
        body: `0a8002fd 07000000 14000200 fe800000 00000000 00000000 00000001 14000100 fe800000 00000000 00000000 00000001`,
      },
    ],
    [
      'a default route by a gateway of no network',
      addRoute({ destination: '0.0.0.0/0', gateway: '169.254.1.1', index: 7, type: 'unicast' }),
      { type: 24, flags: 0x605, body: '02000000 fe700001 04000000 08000400 07000000 08000500 a9fe0101' },
    ],
    [
      'a route to a pod with the source of what the machine sends',
      addRoute({ destination: '10.99.0.5/32', index: 7, type: 'unicast', source: '10.99.128.10' }),
      {
        type: 24,
        flags: 0x605,
        body: '02200000 fe70fd01 00000000 08000400 07000000 08000100 0a630005 08000700 0a63800a',
      },
    ],
    [
      'a local route that goes',
      deleteRoute({ destination: '10.99.128.10/32', index: 1, type: 'local' }),
      { type: 25, flags: 5, body: '02200000 ff70fe02 00000000 08000400 01000000 08000100 0a63800a' },
    ],
    [
      'a neighbour for good',
      setNeighbour({ index: 7, address: '10.99.0.5', mac: '06:00:00:00:00:01' }),
      { type: 28, flags: 0x505, body: '02000000 07000000 80000000 08000100 0a630005 0a000200 06000000 00010000' },
    ],
  ];
  test.each(cases)('%s', (_, message, wanted) => {
    expect(wire(message)).toEqual(wanted);
  });
});

describe('messages of the kernel', () => {
  test('a link is read', () => {
    const link = decodeLink(body({ ...setUpLink(7, { alias: 'podctl default/web x' }), header: body(bringLinkUp(7)) }));
    expect(link).toMatchObject({ index: 7, alias: 'podctl default/web x', name: '', isUp: true, isLoopback: false });
  });

  test('addresses, routes and neighbours are read as they were written', () => {
    const address = { index: 7, address: 'fd12:3456:789a::5', prefix: 128, scope: 'global' } as const;
    expect(decodeAddress(body(addAddress(address)))).toEqual(address);
    const route = { destination: '::/0', gateway: 'fe80::1', index: 7, type: 'unicast' } as const;
    expect(decodeRoute(body(addRoute(route)))).toEqual({ ...route, table: 254, protocol: 112 });
    const own = { destination: '10.99.0.5/32', index: 7, type: 'unicast', source: '10.99.128.10' } as const;
    expect(decodeRoute(body(addRoute(own)))).toEqual({ ...own, table: 254, protocol: 112 });
    const neighbour = { index: 7, address: '10.99.0.5', mac: '06:00:00:00:00:01' };
    expect(decodeNeighbour(body(setNeighbour(neighbour)))).toEqual(neighbour);
  });

  test('a route of another family and a cached one are none', () => {
    expect(decodeRoute(Buffer.from([28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeRoute(Buffer.from([2, 0, 0, 0, 254, 0, 0, 1, 0, 2, 0, 0]))).toBeUndefined();
  });
});

test('addresses are text and bytes in network order', () => {
  expect(addressBytes('10.99.0.5')).toEqual(Buffer.from([10, 99, 0, 5]));
  expect(addressText(addressBytes('fd12:3456:0:0::5'))).toBe('fd12:3456::5');
  expect(() => addressBytes('10.99.0')).toThrow('bug: "10.99.0" is not an address');
});
