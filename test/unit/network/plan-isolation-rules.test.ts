import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllowState, IsolationState, PeerBlock } from '../../../src/model/network.ts';
import { formatRange, rangesOf } from '../../../src/network/plan-address-ranges.ts';
import { planIsolationRules } from '../../../src/network/plan-isolation-rules.ts';
import { planPeerSets } from '../../../src/network/plan-peer-sets.ts';
import { planRuleset } from '../../../src/network/plan-ruleset.ts';
import { planRulesetChange } from '../../../src/network/plan-ruleset-change.ts';
import { cidrOf, contains, formatAddress, type IpFamily } from '../../../src/util/cidr.ts';
import { aState, settings as labSettings } from './network-states.ts';

const block = (cidr: string, ...except: readonly string[]): PeerBlock => ({ cidr, except });
const settings = { dnsAddress: '10.99.128.10' };

function isolated(
  number: number,
  allows: readonly AllowState[],
  direction: 'ingress' | 'egress' = 'ingress',
): IsolationState {
  return {
    pod: `default/pod-${number}`,
    addresses: { ipv4: `10.99.0.${number}`, ipv6: `fd00::${number}` },
    direction,
    allows,
  };
}

const refused = 'goto refuse-now';

describe('isolation rules', () => {
  test('are none where nothing is isolated', () => {
    expect(planIsolationRules(settings, [])).toEqual({ sets: {}, chains: {}, forward: [], input: [] });
  });

  test('look at a packet’s source first, then at its destination, and let pods talk to the resolver', () => {
    const { chains, forward, input } = planIsolationRules(settings, [isolated(1, [])]);
    expect(forward).toEqual(['jump isolate']);
    expect(input).toEqual(['jump isolate-input']);
    expect(chains.isolate?.rules.slice(2)).toEqual([
      'ip saddr vmap @egress4',
      'ip6 saddr vmap @egress6',
      'ip daddr vmap @ingress4',
      'ip6 daddr vmap @ingress6',
    ]);
    expect(chains['isolate-input']?.rules).toEqual([
      'ip daddr 10.99.128.10 meta l4proto { 6, 17 } th dport 53 return',
      'ip saddr vmap @egress4',
      'ip6 saddr vmap @egress6',
    ]);
  });

  test('refuse all where nothing is allowed, by both addresses', () => {
    const { sets, chains } = planIsolationRules(settings, [isolated(1, [], 'egress')]);
    expect(chains['egress/10.99.0.1']).toEqual({ rules: [refused] });
    expect(sets.egress4?.elements).toEqual({ '10.99.0.1': 'jump egress/10.99.0.1' });
    expect(sets.egress6?.elements).toEqual({ 'fd00::1': 'jump egress/10.99.0.1' });
    expect(sets.ingress4?.elements).toEqual({});
  });

  test('name a pod with an IPv4 address alone in the IPv4 map alone', () => {
    const { addresses: _, ...rest } = isolated(1, []);
    const { sets } = planIsolationRules(settings, [{ ...rest, addresses: { ipv4: '10.99.0.1' } }]);
    expect(sets.ingress4?.elements).toEqual({ '10.99.0.1': 'jump ingress/10.99.0.1' });
    expect(sets.ingress6?.elements).toEqual({});
  });

  test.each<[string, AllowState, readonly string[]]>([
    ['everything', {}, ['return']],
    ['a port', { ports: [{ protocol: 'TCP', from: 80, to: 80 }] }, ['meta l4proto 6 th dport { 80 } return']],
    [
      'ports of all protocols',
      {
        ports: [
          { protocol: 'TCP', from: 80, to: 80 },
          { protocol: 'TCP', from: 8000, to: 8100 },
          { protocol: 'UDP' },
          { protocol: 'SCTP', from: 1, to: 65535 },
        ],
      },
      [
        'meta l4proto 6 th dport { 80, 8000-8100 } return',
        'meta l4proto 17 return',
        'meta l4proto 132 th dport { 1-65535 } return',
      ],
    ],
    [
      'a pod',
      { peers: [block('10.99.0.7/32'), block('fd00::7/128')] },
      ['ip saddr @peers4/ingress/10.99.0.1/0 return', 'ip6 saddr @peers6/ingress/10.99.0.1/0 return'],
    ],
    [
      'all of a family, which no interval can hold',
      { peers: [block('0.0.0.0/0'), block('10.99.0.7/32'), block('::/0', 'fd00::/8')] },
      ['meta nfproto ipv4 return', 'ip6 saddr @blocks6/ingress/10.99.0.1/0 return'],
    ],
    [
      'a pod on a port',
      {
        peers: [block('10.99.0.7/32')],
        ports: [
          { protocol: 'TCP', from: 80, to: 80 },
          { protocol: 'UDP', from: 53, to: 53 },
        ],
      },
      [
        'ip saddr @peers4/ingress/10.99.0.1/0 meta l4proto 6 th dport { 80 } return',
        'ip saddr @peers4/ingress/10.99.0.1/0 meta l4proto 17 th dport { 53 } return',
      ],
    ],
  ])('let %s through', (_, allow, rules) => {
    const { chains } = planIsolationRules(settings, [isolated(1, [allow])]);
    expect(chains['ingress/10.99.0.1']?.rules).toEqual([...rules, refused]);
  });

  test('compare with the destination in egress', () => {
    const { chains } = planIsolationRules(settings, [isolated(1, [{ peers: [block('10.99.0.7/32')] }], 'egress')]);
    expect(chains['egress/10.99.0.1']?.rules[0]).toBe('ip daddr @peers4/egress/10.99.0.1/0 return');
  });

  test('are written once for pods that let the same through, and the same peers once for all', () => {
    const peers = [block('10.99.0.7/32'), block('10.99.0.8/32')];
    const http: AllowState = { peers, ports: [{ protocol: 'TCP', from: 80, to: 80 }] };
    const { sets, chains } = planIsolationRules(settings, [
      isolated(1, [http]),
      isolated(2, [{ ...http }]),
      isolated(3, [{ peers: [...peers] }]),
      isolated(3, [{ peers }], 'egress'),
    ]);
    expect(sets.ingress4?.elements).toEqual({
      '10.99.0.1': 'jump ingress/10.99.0.1',
      '10.99.0.2': 'jump ingress/10.99.0.1',
      '10.99.0.3': 'jump ingress/10.99.0.3',
    });
    expect(Object.keys(chains).filter((name) => name.includes('/'))).toEqual([
      'ingress/10.99.0.1',
      'ingress/10.99.0.3',
      'egress/10.99.0.3',
    ]);
    expect(Object.keys(sets).filter((name) => name.startsWith('peers'))).toEqual(['peers4/ingress/10.99.0.1/0']);
    expect(chains['egress/10.99.0.3']?.rules[0]).toBe('ip daddr @peers4/ingress/10.99.0.1/0 return');
  });
});

describe('a change', () => {
  const peersOf = (...numbers: readonly number[]) => [
    { peers: numbers.map((number) => block(`10.99.0.${number}/32`)) },
  ];
  const change = (before: readonly IsolationState[], after: readonly IsolationState[]) =>
    planRulesetChange(
      planRuleset(labSettings, aState({ isolations: before })),
      planRuleset(labSettings, aState({ isolations: after })),
    )
      .split('\n')
      .filter(Boolean);

  test('of one more peer is one element', () => {
    const [before, after] = [peersOf(7, 8), peersOf(6, 7, 8)];
    expect(change([isolated(1, before), isolated(2, before)], [isolated(1, after), isolated(2, after)])).toEqual([
      'add element inet podctl peers4/ingress/10.99.0.1/0 { 10.99.0.6 }',
    ]);
  });

  test('of one more pod under the same policies is one element of each family', () => {
    expect(change([isolated(1, peersOf(7))], [isolated(1, peersOf(7)), isolated(2, peersOf(7))])).toEqual([
      'add element inet podctl ingress4 { 10.99.0.2 : jump ingress/10.99.0.1 }',
      'add element inet podctl ingress6 { fd00::2 : jump ingress/10.99.0.1 }',
    ]);
  });

  test('from nothing to the last policy and back leaves nothing behind', () => {
    expect(change([], [isolated(1, [])])).toContainEqual(
      expect.stringMatching(/^add rule inet podctl forward jump isolate comment /),
    );
    const gone = change([isolated(1, peersOf(7))], []);
    expect(gone.filter((line) => line.startsWith('delete'))).toEqual([
      'delete map inet podctl egress4',
      'delete map inet podctl egress6',
      'delete map inet podctl ingress4',
      'delete map inet podctl ingress6',
      'delete set inet podctl peers4/ingress/10.99.0.1/0',
      'delete chain inet podctl input',
      'delete chain inet podctl isolate',
      'delete chain inet podctl isolate-input',
      'delete chain inet podctl ingress/10.99.0.1',
    ]);
  });
});

describe('sets of peers', () => {
  test('hold pods one by one, and blocks as ranges that do not meet', () => {
    const { sets } = planPeerSets(
      [
        block('10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16'),
        block('10.2.0.0/24'),
        block('10.99.0.1/32'),
        block('192.0.2.7/32'),
        block('192.0.2.8/32'),
        block('fd00::/64'),
      ],
      'x',
    );
    expect(sets).toEqual({
      'peers4/x': { kind: 'set', type: 'ipv4_addr', elements: { '192.0.2.7': '', '192.0.2.8': '' } },
      'blocks4/x': {
        kind: 'set',
        type: 'ipv4_addr',
        flags: 'interval',
        elements: { '10.0.0.0/16': '', '10.2.0.0/24': '', '10.3.0.0-10.255.255.255': '' },
      },
      'blocks6/x': { kind: 'set', type: 'ipv6_addr', flags: 'interval', elements: { 'fd00::/64': '' } },
    });
  });

  test('of blocks that are all excepted are none', () => {
    expect(planPeerSets([block('10.0.0.0/31', '10.0.0.0/32', '10.0.0.1/32')], 'x')).toEqual({ sets: {}, matches: [] });
  });

  test('are none for a family that is there as a whole, by whatever parts', () => {
    expect(planPeerSets([block('0.0.0.0/1'), block('128.0.0.0/1')], 'x')).toEqual({
      sets: {},
      matches: [{ kind: 'family', family: 4 }],
    });
  });
});

describe('ranges', () => {
  const cidr = (family: IpFamily, bits: number) =>
    fc.tuple(fc.nat(31), fc.integer({ min: bits - 5, max: bits })).map(([number, prefix]) => {
      const hostBits = BigInt(bits - prefix);
      return `${formatAddress({ family, number: (BigInt(number) >> hostBits) << hostBits })}/${prefix}`;
    });
  const peer = (family: IpFamily, bits: number) =>
    fc.record({ cidr: cidr(family, bits), except: fc.array(cidr(family, bits), { maxLength: 3 }) }).map((made) => ({
      ...made,
      except: made.except.filter((part) => {
        const { first, prefix } = cidrOf(part);
        return prefix > cidrOf(made.cidr).prefix && contains(cidrOf(made.cidr), { family, number: first });
      }),
    }));

  test.each([
    [4, 32],
    [6, 128],
  ] as const)('of IPv%i hold exactly what the blocks hold, in order and apart', (family, bits) => {
    fc.assert(
      fc.property(fc.array(peer(family, bits), { maxLength: 5 }), (blocks) => {
        const ranges = rangesOf(blocks, family);
        for (const [index, { first, last }] of ranges.entries()) {
          expect(first <= last).toBe(true);
          expect(first > (ranges[index - 1]?.last ?? -2n) + 1n).toBe(true);
        }
        for (let number = 0n; number < 33n; number += 1n) {
          const address = { family, number };
          const isIn = blocks.some(
            (one) => contains(cidrOf(one.cidr), address) && !one.except.some((part) => contains(cidrOf(part), address)),
          );
          expect(ranges.some(({ first, last }) => first <= number && number <= last)).toBe(isIn);
        }
      }),
    );
  });

  test.each([
    [0n, 255n, 4, '0.0.0.0/24'],
    [1n, 1n, 4, '0.0.0.1'],
    [1n, 2n, 4, '0.0.0.1-0.0.0.2'],
    [2n, 3n, 4, '0.0.0.2/31'],
    [0n, 2n ** 32n - 1n, 4, '0.0.0.0/0'],
    [0n, 0n, 6, '::'],
    [16n, 31n, 6, '::10/124'],
  ] as const)('from %s to %s are written as nft lists them', (first, last, family, text) => {
    expect(formatRange({ first, last }, family)).toBe(text);
  });
});
