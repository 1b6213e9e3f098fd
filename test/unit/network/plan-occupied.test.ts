import { expect, test } from 'vitest';
import { defaultDevice, occupiedBlocks } from '../../../src/network/plan-occupied.ts';

const route = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
wlan0	00000000	010200C0	0003	0	0	600	00000000	0	0	0
tun0	00000000	00000000	0001	0	0	0	00000080	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
pc12ab	0500630A	00000000	0001	0	0	0	FFFFFFFF	0	0	0
`;
const zeros = '0'.repeat(32);
const route6 = `fd000000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000002 00000000 00000001     eth0
${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
00000000000000000000000000000001 80 ${zeros} 00 ${zeros} 00000000 00000004 00000000 80200001       lo
ff000000000000000000000000000000 08 ${zeros} 00 ${zeros} 00000100 00000003 00000000 00000001     eth0
`;
const addresses = [
  { device: 'lo', address: '127.0.0.1' },
  { device: 'dummy0', address: '10.7.0.1' },
  { device: 'pc12ab', address: 'fe80::1' },
];

test('routes and addresses occupy what they lead to; default routes, loopback and our own links nothing', () => {
  expect(occupiedBlocks({ route, route6, addresses }, 'pc12').map(({ what }) => what)).toEqual([
    'route 192.0.2.0/24 of eth0',
    'route fd00::/64 of eth0',
    'address 10.7.0.1 of dummy0',
  ]);
});

test("another instance's links occupy their pods' addresses", () => {
  const told = occupiedBlocks({ route, route6: '', addresses: [] }, 'pcffff').map(({ what }) => what);
  expect(told).toContain('route 10.99.0.5/32 of pc12ab');
});

test('the way out is the default route of the lowest metric, of IPv4 first', () => {
  expect(defaultDevice({ route, route6 })).toBe('eth0');
  expect(defaultDevice({ route: '', route6 })).toBe('eth0');
  expect(defaultDevice({ route: '', route6: '' })).toBeUndefined();
});
