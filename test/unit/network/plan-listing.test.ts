import { describe, expect, test } from 'vitest';
import type { Ruleset } from '../../../src/model/ruleset.ts';
import { isListed } from '../../../src/network/plan-listing.ts';
import { ruleMark } from '../../../src/network/plan-ruleset-change.ts';

const rule = 'ip daddr . meta l4proto . th dport vmap @services4';
const wanted: Ruleset = {
  table: 't',
  sets: {
    services4: {
      kind: 'map',
      type: 'ipv4_addr . inet_proto . inet_service : verdict',
      elements: { '10.99.128.4 . 6 . 80': 'goto svc', '10.99.128.5 . 6 . 80': 'goto svc' },
    },
    links: { kind: 'set', type: 'ifname', elements: { '"eth0"': '' } },
    blocks: {
      kind: 'set',
      type: 'ipv4_addr',
      flags: 'interval',
      elements: { '10.0.0.0/8': '', '192.0.2.1-192.0.2.9': '' },
    },
    clients: { kind: 'set', type: 'ipv4_addr', flags: 'dynamic,timeout', elements: {} },
  },
  chains: {
    svc: { rules: [] },
    nat: { hook: 'type nat hook prerouting priority -110; policy accept;', rules: [rule] },
  },
};

/** As nft 1.0.6 prints it; order and handles are the kernel's. */
const listed = [
  { metainfo: { version: '1.0.6', json_schema_version: 1 } },
  { table: { family: 'inet', name: 't', handle: 1 } },
  {
    map: {
      name: 'services4',
      type: ['ipv4_addr', 'inet_proto', 'inet_service'],
      map: 'verdict',
      elem: [
        [{ concat: ['10.99.128.5', 6, 80] }, { goto: { target: 'svc' } }],
        [{ concat: ['10.99.128.4', 6, 80] }, { goto: { target: 'svc' } }],
      ],
    },
  },
  { set: { name: 'links', type: 'ifname', elem: ['eth0'] } },
  {
    set: {
      name: 'blocks',
      flags: ['interval'],
      elem: [{ range: ['192.0.2.1', '192.0.2.9'] }, { prefix: { addr: '10.0.0.0', len: 8 } }],
    },
  },
  { set: { name: 'clients', flags: ['timeout'], elem: [{ elem: { val: '10.99.0.7', timeout: 60 } }] } },
  { chain: { name: 'svc', handle: 2 } },
  { chain: { name: 'nat', handle: 3, type: 'nat', hook: 'prerouting', prio: -110, policy: 'accept' } },
  { rule: { chain: 'nat', handle: 9, comment: ruleMark(rule), expr: [] } },
];
const isThere = (items: readonly unknown[]) => isListed(wanted, JSON.stringify({ nftables: items }));
const changed = (find: RegExp, replace: string) =>
  JSON.parse(JSON.stringify(listed).replace(find, replace)) as readonly unknown[];

describe('a listed table', () => {
  test('is the wanted one, whatever the order, the handles, and what packets filled in', () => {
    expect(isThere(listed)).toBe(true);
  });

  test.each([
    ['a rule is missing', listed.slice(0, -1)],
    ['a rule is there twice', [...listed, listed.at(-1)]],
    ['a rule is not ours', [...listed, { rule: { chain: 'nat', expr: [] } }]],
    ['a rule is another', changed(new RegExp(ruleMark(rule)), '00000000')],
    ['a chain is missing', listed.filter((item) => !('chain' in item && item.chain?.name === 'svc'))],
    ['a chain is not ours', [...listed, { chain: { name: 'more' } }]],
    ['a hook has another priority', changed(/"prio":-110/, '"prio":-100')],
    ['a set is missing', listed.filter((item) => !('set' in item && item.set?.name === 'links'))],
    ['an element is missing', changed(/\{"prefix":[^}]+\}\}/, '"10.0.0.1"')],
    ['an element leads elsewhere', changed(/"goto":\{"target":"svc"\}/, '"drop":null')],
    ['it is empty', []],
  ])('is not when %s', (_, items) => {
    expect(isThere(items)).toBe(false);
  });
});
