import { describe, expect, test } from 'vitest';
import {
  closedLinks,
  type LinkSwitches,
  type MachineSwitches,
  planForwarding,
  planRestore,
  type TurnedSwitch,
} from '../../../src/network/plan-forwarding.ts';

const aLink = (name: string, link: Partial<LinkSwitches> = {}): LinkSwitches => ({
  name,
  forwarding4: '0',
  forwarding6: '0',
  force6: '0',
  acceptRa6: '1',
  ...link,
});
const aMachine = (machine: Partial<MachineSwitches> = {}): MachineSwitches => ({
  all4: '0',
  all6: '0',
  default6: '0',
  hasForce6: true,
  links: [aLink('eth0')],
  ...machine,
});
const old = (...links: LinkSwitches[]): MachineSwitches => aMachine({ hasForce6: false, links });
const told = (turned: readonly TurnedSwitch[]): string[] =>
  turned.map(({ path, was, set }) => `${path.replace('net/', '')} ${was}→${set}`);

describe('forwarding for pods', () => {
  const cases: [string, MachineSwitches, string[]][] = [
    [
      'is switched per link',
      aMachine({ links: [aLink('eth0'), aLink('eth1')] }),
      [
        'ipv4/conf/eth0/forwarding 0→1',
        'ipv4/conf/eth1/forwarding 0→1',
        'ipv6/conf/eth0/force_forwarding 0→1',
        'ipv6/conf/eth1/force_forwarding 0→1',
      ],
    ],
    ['is left to a machine that is a router', aMachine({ all4: '1', all6: '1' }), []],
    [
      'leaves a link that forwards by itself',
      aMachine({ links: [aLink('eth0', { forwarding4: '1', force6: '1' })] }),
      [],
    ],
    [
      'is, on an older kernel, of the whole machine for IPv6, and advertisements are heard as before',
      old(aLink('eth0'), aLink('eth1', { acceptRa6: '0', forwarding6: '1' }), aLink('eth2', { acceptRa6: '2' })),
      [
        'ipv4/conf/eth0/forwarding 0→1',
        'ipv4/conf/eth1/forwarding 0→1',
        'ipv4/conf/eth2/forwarding 0→1',
        'ipv6/conf/eth1/forwarding 1→1',
        'ipv6/conf/eth0/accept_ra 1→2',
        'ipv6/conf/all/forwarding 0→1',
      ],
    ],
    [
      'is of IPv4 alone on a kernel without IPv6',
      { all4: '0', hasForce6: false, links: [{ name: 'eth0', forwarding4: '0' }] },
      ['ipv4/conf/eth0/forwarding 0→1'],
    ],
  ];
  test.each(cases)('%s', (_, machine, wanted) => {
    expect(told(planForwarding(machine, []))).toEqual(wanted);
  });

  test('keeps on record what was at first, and forgets links that are gone', () => {
    const first = planForwarding(aMachine({ links: [aLink('eth0'), aLink('eth1')] }), []);
    const now = aMachine({ links: [aLink('eth0', { forwarding4: '1', force6: '1' })] });
    expect(told(planForwarding(now, first))).toEqual([
      'ipv4/conf/eth0/forwarding 0→1',
      'ipv6/conf/eth0/force_forwarding 0→1',
    ]);
  });

  test('takes a link that came later along on an older kernel, where it forwards by then', () => {
    const first = planForwarding(old(aLink('eth0'), aLink('eth1', { forwarding6: '1' })), []);
    const on = { forwarding4: '1', forwarding6: '1', acceptRa6: '2' };
    const now = { ...old(aLink('eth0', on), aLink('eth1', on), aLink('wlan0', { forwarding6: '1' })), all6: '1' };
    expect(told(planForwarding(now, first))).toEqual([
      'ipv4/conf/eth0/forwarding 0→1',
      'ipv4/conf/eth1/forwarding 0→1',
      'ipv4/conf/wlan0/forwarding 0→1',
      'ipv6/conf/eth1/forwarding 1→1',
      'ipv6/conf/eth0/accept_ra 1→2',
      'ipv6/conf/eth1/accept_ra 1→2',
      'ipv6/conf/wlan0/accept_ra 1→2',
      'ipv6/conf/all/forwarding 0→1',
    ]);
  });

  test('forgets IPv4 when somebody makes the machine a router meanwhile', () => {
    const first = planForwarding(aMachine(), []);
    expect(told(planForwarding(aMachine({ all4: '1' }), first))).toEqual(['ipv6/conf/eth0/force_forwarding 0→1']);
  });
});

describe('restoring', () => {
  const turned = planForwarding(old(aLink('eth0'), aLink('eth1', { forwarding6: '1' })), []);
  const as =
    (changed: Record<string, string> = {}) =>
    (path: string): string | undefined =>
      changed[path] ?? turned.find((one) => one.path === path)?.set;
  const words = (changed?: Record<string, string>): string[] =>
    planRestore(turned, as(changed)).map(({ path, value }) => `${path.replace('net/', '')}=${value}`);

  test('goes backwards: what the whole machine’s switch overwrites comes after it', () => {
    expect(words()).toEqual([
      'ipv6/conf/all/forwarding=0',
      'ipv6/conf/eth1/accept_ra=1',
      'ipv6/conf/eth0/accept_ra=1',
      'ipv6/conf/eth1/forwarding=1',
      'ipv4/conf/eth1/forwarding=0',
      'ipv4/conf/eth0/forwarding=0',
    ]);
  });

  test('leaves what somebody turned meanwhile', () => {
    expect(words({ 'net/ipv6/conf/eth0/accept_ra': '0' })).not.toContain('ipv6/conf/eth0/accept_ra=1');
  });

  test('leaves IPv4 to whoever made the machine a router', () => {
    expect(words({ 'net/ipv4/conf/all/forwarding': '1' }).filter((word) => word.startsWith('ipv4'))).toEqual([]);
  });
});

test('closed are the links that did not forward before', () => {
  const force = aMachine({ links: [aLink('eth1', { forwarding4: '1' }), aLink('eth0', { force6: '1' })] });
  expect(closedLinks(force, planForwarding(force, []))).toEqual({ ipv4: ['eth0'], ipv6: ['eth1'] });
  const whole = old(aLink('eth0'), aLink('eth1', { forwarding6: '1' }));
  expect(closedLinks(whole, planForwarding(whole, []))).toEqual({ ipv4: ['eth0', 'eth1'], ipv6: ['eth0'] });
  const router = aMachine({ all4: '1', all6: '1' });
  expect(closedLinks(router, planForwarding(router, []))).toEqual({ ipv4: [], ipv6: [] });
});
