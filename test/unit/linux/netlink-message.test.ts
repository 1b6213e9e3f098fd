import { describe, expect, test } from 'vitest';
import {
  attributeText,
  decodeAttributes,
  decodeMessages,
  encodeMessages,
  type NetlinkMessage,
  netlinkFlags,
} from '../../../src/linux/netlink-message.ts';

const message: NetlinkMessage = {
  what: 'try',
  type: 0x12,
  flags: 0,
  header: Buffer.from([1, 2, 3, 4]),
  attributes: [],
};

const hex = (messages: readonly NetlinkMessage[]): string =>
  encodeMessages(messages, 7)
    .toString('hex')
    .replaceAll(/.{8}(?=.)/g, '$& ');

describe('a netlink message', () => {
  const cases: [string, NetlinkMessage['attributes'], string][] = [
    ['a number of four bytes', [[4, { u32: 1500 }]], '08000400 dc050000'],
    ['a number of one byte, filled up', [[8, { u8: 1 }]], '05000800 01000000'],
    ['a text with its NUL, filled up', [[3, { text: 'eth0' }]], '09000300 65746830 00000000'],
    ['bytes', [[1, { bytes: Buffer.from('020000000001', 'hex') }]], '0a000100 02000000 00010000'],
    ['attributes in an attribute', [[18, { nested: [[1, { u32: 5 }]] }]], '0c001280 08000100 05000000'],
    [
      'a header before nested attributes',
      [[1, { header: Buffer.from([9, 9, 9, 9]), nested: [[1, { u8: 5 }]] }]],
      '10000180 09090909 05000100 05000000',
    ],
    ['text of more bytes than characters', [[20, { text: 'ä' }]], '07001400 c3a40000'],
  ];
  test.each(cases)('carries %s', (_, attributes, wanted) => {
    const bytes = hex([{ ...message, attributes }]);
    expect(bytes.slice('00000000 '.length)).toBe(`12000500 07000000 00000000 01020304 ${wanted}`);
  });

  test('asks for an answer only as the last of a batch, and never as a dump', () => {
    const dump = { ...message, flags: netlinkFlags.dump };
    expect(
      [...decodeMessages(encodeMessages([message, message], 7))].map(({ flags, sequence }) => [flags, sequence]),
    ).toEqual([
      [1, 7],
      [5, 8],
    ]);
    expect([...decodeMessages(encodeMessages([dump], 7))].map(({ flags }) => flags)).toEqual([0x301]);
  });

  test('is read as it was written', () => {
    const attributes = [
      [3, { text: 'pc1a2b' }],
      [18, { nested: [[1, { text: 'veth' }]] }],
    ] as const;
    const [read] = decodeMessages(encodeMessages([{ ...message, attributes }], 1));
    const found = decodeAttributes(read?.body ?? Buffer.alloc(0), 4);
    expect(attributeText(found.get(3) ?? Buffer.alloc(0))).toBe('pc1a2b');
    expect(attributeText(decodeAttributes(found.get(18) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0))).toBe('veth');
  });

  test('that is cut or has a length of nothing ends what is read', () => {
    expect([...decodeMessages(Buffer.alloc(40))]).toEqual([]);
    expect([...decodeMessages(Buffer.from([255, 0]))]).toEqual([]);
    expect(decodeAttributes(Buffer.from([2, 0, 1, 0]))).toEqual(new Map());
  });
});
