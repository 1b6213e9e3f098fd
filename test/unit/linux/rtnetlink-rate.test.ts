import { expect, test } from 'vitest';
import { encodeMessages } from '../../../src/linux/netlink-message.ts';
import { decodeRate, deleteRate, setRate } from '../../../src/linux/rtnetlink-rate.ts';

const nlmsghdr = 16;
const bodyOf = (message: Parameters<typeof encodeMessages>[0][number]): Buffer =>
  encodeMessages([message], 1).subarray(nlmsghdr);

test.each([1_000, 20_000_000, 34_359_738_368, 100_000_000_000, 1e15])('%d bit/s is read back as set', (bps) => {
  expect(decodeRate(bodyOf(setRate(7, bps)))).toBe(bps);
});

test('the message is tcmsg, kind and options as the kernel wants them', () => {
  const body = bodyOf(setRate(7, 20_000_000));
  expect([body.readInt32LE(4), body.readUInt32LE(8).toString(16), body.readUInt32LE(12).toString(16)]).toEqual([
    7,
    '70630000',
    'ffffffff',
  ]);
  expect(body.subarray(20, 28).toString('latin1')).toBe('\x08\x00\x01\x00tbf\x00');
  // behind nla TCA_OPTIONS and nla TCA_TBF_PARMS: rate in bytes, queue of 60 ms
  const qopt = body.subarray(36, 72);
  expect([qopt.readUInt8(1), qopt.readUInt32LE(8), qopt.readUInt32LE(24)]).toEqual([1, 2_500_000, 150_000]);
});

test('a slow link still takes whole packets', () => {
  const qopt = bodyOf(setRate(1, 1_000)).subarray(36, 72);
  expect([qopt.readUInt32LE(8), qopt.readUInt32LE(24)]).toEqual([125, 24 * 1514]);
});

test('a queue of somebody else is none of ours', () => {
  const other = Buffer.from(bodyOf(setRate(7, 20_000_000)));
  other.writeUInt32LE(0x8001_0000, 8);
  expect(decodeRate(other)).toBeUndefined();
  expect(decodeRate(bodyOf(deleteRate(7)))).toBeUndefined();
});
