import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMessageSplitter, withLength } from '../../../src/podnet/length-prefix.ts';
import { planZone } from '../../../src/podnet/plan-zone.ts';
import { readQuery } from '../../../src/podnet/read-query.ts';
import { createResolver } from '../../../src/podnet/resolver.ts';
import { aPod, aService, ask, someDns, tellingForwarder } from './a-zone.ts';

const manyEndpoints = (count: number) =>
  someDns({
    services: [
      aService({
        name: 'many',
        endpoints: Array.from({ length: count }, (_, i) => ({
          addresses: { ipv4: `10.99.${i >> 8}.${i & 255}` },
          ports: [],
        })),
      }),
    ],
  });
const many = 'many.default.svc.cluster.local';

describe('how much fits', () => {
  test.each([
    ['512 bytes without EDNS', { udpBytes: undefined, most: 512 }],
    ['what EDNS allows', { udpBytes: 800, most: 800 }],
    ['no less than 512', { udpBytes: 100, most: 512 }],
    ['no more than a path carries', { udpBytes: 65_535, most: 1232 }],
  ])('by UDP %s, and the rest is announced', async (_what, { udpBytes, most }) => {
    const reply = await ask(manyEndpoints(300), many, 'A', udpBytes === undefined ? {} : { udpBytes });
    expect(reply.flag_tc).toBe(true);
    expect(reply.bytes).toBeLessThanOrEqual(most);
    expect(reply.bytes).toBeGreaterThan(most - 16);
    expect(reply.additionals).toHaveLength(udpBytes === undefined ? 0 : 1);
  });

  test('by TCP all of 300 addresses', async () => {
    const reply = await ask(manyEndpoints(300), many, 'A', { byTcp: true });
    expect(reply.flag_tc).toBe(false);
    expect(new Set(reply.answers?.map((one) => ('data' in one ? one.data : '')))).toHaveProperty('size', 300);
  });

  test('an upstream reply that is too long is cut off', async () => {
    const forwarder = {
      ask: async ({ bytes }: { bytes: Buffer }) =>
        encode({
          type: 'response',
          id: bytes.readUInt16BE(0),
          questions: [{ type: 'TXT', name: 'long.example' }],
          answers: [{ type: 'TXT', name: 'long.example', data: Array.from({ length: 10 }, () => 'x'.repeat(200)) }],
        }),
    };
    const reply = await ask(someDns(), 'long.example', 'TXT', { forwarder });
    expect(reply).toMatchObject({ id: 4711, flag_tc: true, answers: [], questions: [{ name: 'long.example' }] });
    const whole = await ask(someDns(), 'long.example', 'TXT', { forwarder, byTcp: true });
    expect(whole).toMatchObject({ flag_tc: false, answers: [{ type: 'TXT' }] });
  });
});

test('the addresses take turns', () => {
  const resolver = createResolver(planZone(manyEndpoints(3)), tellingForwarder);
  const query = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: many }] });
  const firsts = Array.from({ length: 4 }, () => {
    let first: unknown;
    resolver.respond(query, { address: '10.99.0.99', byTcp: false }, (reply) => {
      const answer = decode(reply).answers?.[0];
      first = answer !== undefined && 'data' in answer ? answer.data : undefined;
    });
    return first;
  });
  expect(firsts).toEqual(['10.99.0.0', '10.99.0.1', '10.99.0.2', '10.99.0.0']);
});

test('the question goes back byte for byte', () => {
  const label = Buffer.from([3, 0x57, 0x00, 0xff]);
  const tail = Buffer.from('\x07default\x03svc\x07cluster\x05local\x00', 'latin1');
  const query = Buffer.concat([
    Buffer.from('123401000001000000000000', 'hex'),
    label,
    tail,
    Buffer.from('00010001', 'hex'),
  ]);
  let got = Buffer.alloc(0);
  createResolver(planZone(someDns()), tellingForwarder).respond(query, { address: '', byTcp: false }, (reply) => {
    got = Buffer.from(reply);
  });
  expect(got.subarray(12, query.length).equals(query.subarray(12))).toBe(true);
  expect(decode(got)).toMatchObject({ id: 0x1234, rcode: 'NXDOMAIN' });
});

test('a name of 255 bytes is looked up, a longer one is a format error', () => {
  const name = (labels: number, last: number): string =>
    [...Array.from({ length: labels }, () => 'a'.repeat(63)), 'b'.repeat(last)].join('.');
  const rcodeOf = (text: string): unknown => {
    let rcode: unknown;
    const query = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: `${text}.cluster.local` }] });
    createResolver(planZone(someDns()), tellingForwarder).respond(query, { address: '', byTcp: false }, (reply) => {
      rcode = (decode(reply) as { rcode?: string }).rcode;
    });
    return rcode;
  };
  // 3 × 64 + 1 + last, and 15 of `cluster.local` with the root
  expect(rcodeOf(name(3, 47))).toBe('NXDOMAIN');
  expect(rcodeOf(name(3, 48))).toBe('FORMERR');
});

describe('what is no plain query', () => {
  const query = encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'web' }] });
  const changed = (at: number, ...bytes: number[]): Buffer => {
    const copy = Buffer.from(query);
    copy.set(bytes, at);
    return copy;
  };
  test.each([
    ['a reply is ignored', changed(2, 0x80), { kind: 'ignored' }],
    ['less than a header is ignored', query.subarray(0, 11), { kind: 'ignored' }],
    ['an update is not implemented', changed(2, 0x28), { kind: 'wrong', id: 7, rcode: 4 }],
    ['two questions are a format error', changed(4, 0, 2), { kind: 'wrong', id: 7, rcode: 1 }],
    ['answers in a query are a format error', changed(6, 0, 1), { kind: 'wrong', id: 7, rcode: 1 }],
    ['a cut-off question is a format error', query.subarray(0, -1), { kind: 'wrong', id: 7, rcode: 1 }],
    ['a compressed question is a format error', changed(12, 0xc0, 0x00), { kind: 'wrong', id: 7, rcode: 1 }],
    ['another class is refused', changed(query.length - 1, 3), { kind: 'wrong', id: 7, rcode: 5 }],
  ])('%s', (_what, bytes, expected) => {
    expect(readQuery(bytes)).toMatchObject(expected);
  });

  test('a later version of EDNS is told which one is spoken', () => {
    const opt = Buffer.from('0000291000000100000000', 'hex'); // version 1
    const later = Buffer.concat([changed(10, 0, 1), opt]);
    let reply = Buffer.alloc(0);
    createResolver(planZone(someDns()), tellingForwarder).respond(later, { address: '', byTcp: false }, (bytes) => {
      reply = Buffer.from(bytes);
    });
    expect(decode(reply).additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
  });
});

describe('whatever the bytes are', () => {
  const dns = someDns({ pods: [aPod({ name: 'web', ipv4: '10.99.0.2' })] });
  const resolver = createResolver(planZone(dns), tellingForwarder);
  const respond = (bytes: Uint8Array): void =>
    resolver.respond(Buffer.from(bytes), { address: '10.99.0.2', byTcp: false }, (reply) => {
      if (!Buffer.from(bytes.subarray(0, 2)).equals(reply.subarray(0, 2))) throw new Error('another id');
    });

  test('random bytes get a reply with their id or none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), respond), { numRuns: 2_000 });
  });

  test('a query with some bytes changed, too', () => {
    const query = Buffer.concat([
      encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'web.default.svc.cluster.local' }] }),
      Buffer.from('0000291000000000000000', 'hex'),
    ]);
    query.writeUInt16BE(1, 10);
    const edit = fc.tuple(fc.nat(query.length - 1), fc.nat(255));
    const edits = fc.array(edit, { minLength: 1, maxLength: 6 });
    const property = fc.property(edits, fc.nat(query.length), (changes, cut) => {
      const bytes = Buffer.from(query);
      for (const [at, value] of changes) bytes[at] = value;
      respond(bytes);
      respond(bytes.subarray(0, cut));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('messages over TCP come out as they went in, however they are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const property = fc.property(
      messages,
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (sent, cuts) => {
        const stream = Buffer.concat(sent.map((message) => withLength(Buffer.from(message))));
        const got: Buffer[] = [];
        const split = createMessageSplitter((message) => got.push(Buffer.from(message)));
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          split(stream.subarray(at, at + size));
          at += size;
        }
        expect(got).toEqual(sent.map((message) => Buffer.from(message)));
      },
    );
    fc.assert(property);
  });
});
