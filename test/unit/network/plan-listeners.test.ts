import { expect, test } from 'vitest';
import { parseListeners } from '../../../src/network/plan-listeners.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

test('sockets that listen are read out of /proc/net/tcp, with address, port and inode', () => {
  const text = `${head}
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 777 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 999 1 0000000000000000 20 4 30 10 -1
`;
  expect(parseListeners(text, 'TCP')).toEqual([
    { protocol: 'TCP', address: '0.0.0.0', port: 8080, inode: 12345 },
    { protocol: 'TCP', address: '127.0.0.53', port: 53, inode: 777 },
  ]);
});

test('of UDP the sockets that are connected to nobody are, also in IPv6', () => {
  const text = `${head}
  10: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5 2 0000000000000000 0
  11: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 6 2 0000000000000000 0
  12: B80D0120000000000000000001000000:9C40 B80D0120000000000000000002000000:0035 01 00000000:00000000 00:00000000 00000000     0        0 7 2 0000000000000000 0
`;
  expect(parseListeners(text, 'UDP').map(({ address, port }) => `${address} ${port}`)).toEqual([
    '2001:db8::1 53',
    ':: 5353',
  ]);
});

test('a file that is empty or not there tells of none', () => {
  expect(parseListeners('', 'TCP')).toEqual([]);
});
