import { describe, expect, test } from 'vitest';
import type { NetworkState } from '../../../src/model/network.ts';
import { planRuleset } from '../../../src/network/plan-ruleset.ts';
import { aHostPort, anEndpoint, aService, aState, settings } from './network-states.ts';

const plan = (state: Partial<NetworkState> = {}) => planRuleset(settings, aState(state));
const elements = (state: Partial<NetworkState>, ...names: string[]) =>
  names.map((name) => plan(state).sets[name]?.elements);

describe('the table', () => {
  test('translates, masquerades and refuses by rules that no pod is named in', () => {
    const { chains } = plan();
    const rules = Object.fromEntries(Object.entries(chains).map(([name, chain]) => [name, chain.rules]));
    expect(rules).toMatchObject({
      'pods-raw': [
        'iifname "pc1ab0*" fib saddr . iif oif missing drop',
        'iifname "pc1ab0*" ip6 saddr fe80::/10 drop',
        'iifname "pc1ab0*" ip daddr 127.0.0.0/8 drop',
        'ip daddr 10.99.128.10 iifname != "lo" iifname != "pc*" drop',
      ],
      translate: [
        'ip daddr . meta l4proto . th dport vmap @services4',
        'ip6 daddr . meta l4proto . th dport vmap @services6',
        'ip daddr 10.99.128.10 return',
        'ip6 daddr ::1 return',
        'fib daddr type local jump host-ports',
      ],
      postrouting: [
        'oifname "pc1ab0*" ip saddr 127.0.0.0/8 snat ip to 10.99.128.10',
        'ip saddr . ip daddr @hairpins4 snat ip to 10.99.128.10',
        'ip6 saddr . ip6 daddr @hairpins6 snat ip6 to fd12:3456:789a:1::',
        'iifname "pc1ab0*" oifname != "pc1ab0*" masquerade',
      ],
      refuse: [
        'ip daddr 10.99.128.10 return',
        'ip daddr 10.99.128.0/17 goto refuse-now',
        'ip6 daddr fd12:3456:789a:1::/112 goto refuse-now',
      ],
    });
  });

  test('has nothing of IPv6 to answer from where the ranges have none', () => {
    const { pods4, services4 } = settings.ranges;
    const { chains } = planRuleset({ ...settings, ranges: { pods4, services4 } }, aState());
    expect(JSON.stringify([chains.postrouting, chains.refuse])).not.toContain('ip6');
  });

  test('lets nothing through between links that did not forward before', () => {
    const closedLinks = { ipv4: ['eth0', 'eth1'], ipv6: ['eth1'] };
    const { sets, chains } = planRuleset(settings, aState(), { closedLinks });
    expect(sets).toMatchObject({
      closed4: { type: 'ifname', elements: { '"eth0"': '', '"eth1"': '' } },
      closed6: { elements: { '"eth1"': '' } },
    });
    expect(chains.forward?.rules).toEqual(
      expect.arrayContaining([
        'meta nfproto ipv4 iifname @closed4 oifname != "pc*" drop',
        'meta nfproto ipv6 iifname @closed6 oifname != "pc*" drop',
      ]),
    );
    expect(JSON.stringify(plan())).not.toContain('closed');
  });

  test('leads a pod’s hostPort to it, in both families, and back to itself', () => {
    const state = {
      hostPorts: [aHostPort(), aHostPort({ protocol: 'UDP', hostPort: 53, target: anEndpoint(6, 5353) })],
    };
    expect(elements(state, 'host-ports4', 'host-ports6', 'hairpins4')).toEqual([
      { '6 . 8080': '10.99.0.5 . 80', '17 . 53': '10.99.0.6 . 5353' },
      { '6 . 8080': 'fd12:3456:789a::5 . 80', '17 . 53': 'fd12:3456:789a::6 . 5353' },
      { '10.99.0.5 . 10.99.0.5': '', '10.99.0.6 . 10.99.0.6': '' },
    ]);
  });

  test.each([
    [undefined, ['8080'], ['8080'], [], []],
    ['0.0.0.0', ['8080'], [], [], []],
    ['::', [], ['8080'], [], []],
    ['127.0.0.1', [], [], ['127.0.0.1'], []],
    ['2001:db8::1', [], [], [], ['2001:db8::1']],
  ])('hostIP %s is honoured', (hostIP, ports4, ports6, chosen4, chosen6) => {
    const state = { hostPorts: [aHostPort(hostIP === undefined ? {} : { hostIP })] };
    const keys = elements(state, 'host-ports4', 'host-ports6', 'host-ip-ports4', 'host-ip-ports6').map((set) =>
      Object.keys(set ?? {}),
    );
    const sctp = (key: string) => key.replace('8080', '6 . 8080');
    expect(keys).toEqual([
      ports4.map(sctp),
      ports6.map(sctp),
      chosen4.map((ip) => `${ip} . 6 . 8080`),
      chosen6.map((ip) => `${ip} . 6 . 8080`),
    ]);
  });

  test('gives a pod without IPv6 its IPv4 hostPort alone', () => {
    const target = { addresses: { ipv4: '10.99.0.5' }, port: 80 };
    expect(elements({ hostPorts: [aHostPort({ target, protocol: 'SCTP' })] }, 'host-ports4', 'host-ports6')).toEqual([
      { '132 . 8080': '10.99.0.5 . 80' },
      {},
    ]);
  });
});

describe('a Service', () => {
  test('has one chain for all its addresses and its NodePort, in turn over its endpoints', () => {
    const ports = [{ protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [anEndpoint(5), anEndpoint(6)] }] as const;
    const { sets, chains } = plan({ services: [aService({ ports, ips: ['10.99.128.20', '203.0.113.9'] })] });
    const chain = 'svc/default/web/tcp/80';
    expect(sets.services4?.elements).toEqual({
      '10.99.128.20 . 6 . 80': `goto ${chain}`,
      '203.0.113.9 . 6 . 80': `goto ${chain}`,
    });
    expect(sets['node-ports']?.elements).toEqual({ '6 . 30080': `goto ${chain}` });
    expect(chains[chain]?.rules).toEqual([
      'meta nfproto ipv4 meta l4proto 6 dnat ip to numgen inc mod 2 map { 0 : 10.99.0.5 . 80, 1 : 10.99.0.6 . 80 }',
      'meta nfproto ipv6 meta l4proto 6 dnat ip6 to numgen inc mod 2 map { 0 : fd12:3456:789a::5 . 80, 1 : fd12:3456:789a::6 . 80 }',
    ]);
  });

  test('without endpoints is refused, at each of its addresses', () => {
    const state = { services: [aService({ ports: [{ protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [] }] })] };
    expect(elements(state, 'services4', 'node-ports', 'refused4', 'refused6')).toEqual([
      {},
      {},
      { '10.99.128.20 . 6 . 80': '' },
      { 'fd12:3456:789a:1::20 . 6 . 80': '' },
    ]);
  });

  test('with affinity has a set of clients per endpoint, and no name that nft does not take', () => {
    const { sets, chains } = plan({ services: [aService({ affinitySeconds: 60 })] });
    const client = 'default/web/tcp/80/fd12.3456.789a..5/80';
    expect(sets[`clients/${client}`]).toEqual({
      kind: 'set',
      type: 'ipv6_addr',
      flags: 'dynamic,timeout',
      elements: {},
    });
    expect(chains[`ep/${client}`]?.rules).toEqual([
      `update @clients/${client} { ip6 saddr timeout 60s }`,
      'meta l4proto 6 dnat ip6 to [fd12:3456:789a::5]:80',
    ]);
    expect(chains['svc/default/web/tcp/80']?.rules).toContain(`ip6 saddr @clients/${client} goto ep/${client}`);
    const names = [...Object.keys(sets), ...Object.keys(chains)];
    expect(names.filter((name) => !/^[a-z][a-z0-9/.-]*$/.test(name))).toEqual([]);
  });
});
