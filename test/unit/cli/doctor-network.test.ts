import { describe, expect, test } from 'vitest';
import {
  forwardChains,
  judgeFirewalls,
  judgeForwarding,
  judgeNetwork,
  judgePodnet,
} from '../../../src/cli/doctor/network-checks.ts';
import type { NetworkStatus } from '../../../src/protocol/api.ts';

const network: NetworkStatus = {
  mode: 'nftables',
  podRanges: ['10.99.0.0/17'],
  serviceRanges: ['10.99.128.0/17'],
  dnsAddress: '10.99.128.10',
  addresses: 2,
  podnetPid: 7,
};
const idle = { ...network, addresses: 0 };

describe('firewalls of others', () => {
  const listed = JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { chain: { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', prio: 0, policy: 'drop' } },
      { chain: { family: 'ip', table: 'filter', name: 'INPUT', hook: 'input', prio: 0, policy: 'drop' } },
      { chain: { family: 'ip', table: 'filter', name: 'DOCKER-USER' } },
      { chain: { family: 'inet', table: 'podctl_01234567', name: 'forward', hook: 'forward', policy: 'drop' } },
    ],
  });

  test('are those that judge what is forwarded, our own left out', () => {
    expect(forwardChains(listed)).toEqual([{ table: 'ip filter', name: 'FORWARD', policy: 'drop' }]);
    expect(forwardChains('{"nftables":[]}')).toEqual([]);
  });

  test.each([
    ['docker', forwardChains(listed), false, 'warn', /DOCKER-USER -i pc\+/],
    ['ufw', [{ table: 'ip filter', name: 'ufw-forward', policy: 'drop' }], false, 'warn', /ufw route allow in on pc\+/],
    ['its own', [{ table: 'inet my', name: 'fwd', policy: 'drop' }], false, 'warn', /links named pc\*/],
    ['firewalld', [], true, 'warn', /firewall-cmd/],
    ['accepting', [{ table: 'ip filter', name: 'FORWARD', policy: 'accept' }], false, 'ok', undefined],
  ] as const)('%s', (_who, chains, firewalld, verdict, advice) => {
    const finding = judgeFirewalls(chains, firewalld);
    expect(finding.verdict).toBe(verdict);
    if (advice === undefined) expect(finding.advice).toBeUndefined();
    else expect(finding.advice).toMatch(advice);
  });
});

describe('the pod network', () => {
  test.each([
    ['fine', network, [], 'ok', 'nftables, pods in 10.99.0.0/17, 2 addresses in use'],
    ['off', { ...network, mode: 'off' as const, why: 'no netlink' }, [], 'fail', 'off: no netlink'],
    [
      'overlapped',
      network,
      ['range 10.99.0.0/17 overlaps route 10.0.0.0/8 of tun0'],
      'warn',
      'range 10.99.0.0/17 overlaps',
    ],
    ['with other problems', network, ['a record is damaged'], 'ok', 'nftables'],
  ])('%s', (_what, status, problems, verdict, fact) => {
    const finding = judgeNetwork({ network: status, problems });
    expect([finding.verdict, finding.fact]).toEqual([verdict, expect.stringContaining(fact)]);
  });

  test('is not known while podd does not run', () => {
    expect([judgeNetwork(undefined).verdict, judgePodnet(undefined, () => false).verdict]).toEqual(['ok', 'ok']);
  });
});

test.each([
  ['on', network, { device: 'eth0', forwarding: true }, 'ok'],
  ['off with pods', network, { device: 'eth0', forwarding: false }, 'warn'],
  ['off without pods', idle, { device: 'eth0', forwarding: false }, 'ok'],
  ['without a way out', network, { device: undefined, forwarding: false }, 'ok'],
])('forwarding %s', (_what, status, switches, verdict) => {
  expect(judgeForwarding({ network: status }, switches).verdict).toBe(verdict);
});

test.each([
  ['lives', network, true, 'ok'],
  ['is dead', network, false, 'fail'],
  ['is not needed', idle, false, 'ok'],
])('podnet that %s', (_what, status, lives, verdict) => {
  expect(judgePodnet({ network: status, run: '/run/podctl' }, () => lives).verdict).toBe(verdict);
});
