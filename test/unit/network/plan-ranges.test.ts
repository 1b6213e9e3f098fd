import { describe, expect, test } from 'vitest';
import { type OccupiedBlock, planRanges, type RangeQuestion } from '../../../src/network/plan-ranges.ts';
import { cidrOf } from '../../../src/util/cidr.ts';

const route = (cidr: string, device = 'tun0'): OccupiedBlock => ({
  cidr: cidrOf(cidr),
  what: `route ${cidr} of ${device}`,
});
const ula = 'fd12:3456:789a::/48';

const plan = (change: Partial<Omit<RangeQuestion, 'written'>> & { pods?: string; services?: string } = {}) => {
  const { pods, services, ...rest } = change;
  return planRanges({ written: { pods, services }, occupied: [], ula, isInUse: false, ...rest });
};

describe('by default', () => {
  test('pods have the lower half of a /16, Services the upper, and both a part of a random ULA', () => {
    expect(plan()).toEqual({
      ranges: {
        pods4: '10.99.0.0/17',
        services4: '10.99.128.0/17',
        pods6: 'fd12:3456:789a::/64',
        services6: 'fd12:3456:789a:1::/112',
      },
      defaults: { block4: '10.99.0.0/16', block6: ula },
      problems: [],
    });
  });

  test('a machine without IPv6 has none', () => {
    const { ula: _, ...rest } = { ula, occupied: [], isInUse: false };
    const { ranges } = planRanges({ written: { pods: undefined, services: undefined }, ...rest });
    expect(ranges).toEqual({ pods4: '10.99.0.0/17', services4: '10.99.128.0/17' });
  });

  test('a range that a route has a part of is passed over', () => {
    const occupied = [route('10.99.200.0/24'), route('10.100.0.1/32')];
    expect(plan({ occupied }).ranges.pods4).toBe('10.101.0.0/17');
    expect(plan({ occupied: [route('10.0.0.0/8')] }).ranges.pods4).toBe('172.24.0.0/17');
  });

  test('no range at all is an error', () => {
    const occupied = [route('10.0.0.0/8'), route('172.16.0.0/12')];
    expect(() => plan({ occupied })).toThrow("this machine's routes leave no range free");
  });

  test('what was kept stays', () => {
    const kept = { block4: '10.120.0.0/16', block6: 'fd00:aaaa:bbbb::/48' };
    expect(plan({ kept }).ranges).toMatchObject({ pods4: '10.120.0.0/17', pods6: 'fd00:aaaa:bbbb::/64' });
  });

  test('what was kept and overlaps now stays while pods may use it, and is told', () => {
    const kept = { block4: '10.120.0.0/16' };
    const occupied = [route('10.120.4.0/24')];
    const { ranges, problems } = plan({ kept, occupied, isInUse: true });
    expect(ranges.pods4).toBe('10.120.0.0/17');
    expect(problems).toEqual([
      "the pods' network 10.120.0.0/16 overlaps the route 10.120.4.0/24 of tun0: one of them cannot be reached; PODCTL_POD_CIDR and PODCTL_SERVICE_CIDR name others",
    ]);
  });

  test('what was kept and overlaps now is chosen anew when nobody uses it', () => {
    const chosen = plan({ kept: { block4: '10.99.0.0/16' }, occupied: [route('10.99.4.0/24')] });
    expect(chosen.ranges.pods4).toBe('10.100.0.0/17');
    expect(chosen.defaults.block4).toBe('10.100.0.0/16');
    expect(chosen.problems).toEqual([]);
  });
});

describe('a written range', () => {
  test('is taken, for one family or both', () => {
    expect(plan({ pods: '10.50.0.0/24', services: '10.51.0.0/24' }).ranges).toEqual({
      pods4: '10.50.0.0/24',
      services4: '10.51.0.0/24',
    });
    expect(plan({ pods: '10.50.0.0/24, fd00:50::/64', services: '10.51.0.0/24,fd00:51::/112' }).ranges).toEqual({
      pods4: '10.50.0.0/24',
      pods6: 'fd00:50::/64',
      services4: '10.51.0.0/24',
      services6: 'fd00:51::/112',
    });
  });

  test('of pods alone leaves Services the default that is free beside it', () => {
    expect(plan({ pods: '10.99.4.0/24' }).ranges).toEqual({ pods4: '10.99.4.0/24', services4: '10.100.128.0/17' });
    expect(plan({ pods: '10.50.0.0/24,fd00:50::/64' }).ranges).toMatchObject({
      services4: '10.99.128.0/17',
      services6: 'fd12:3456:789a:1::/112',
    });
  });

  test.each([
    ['10.50.0.0', 'PODCTL_POD_CIDR: "10.50.0.0" must be an address and a prefix length'],
    ['10.50.0.7/24', 'PODCTL_POD_CIDR: "10.50.0.7/24" has host bits set: the block is 10.50.0.0/24'],
    ['10.50.0.0/31', 'PODCTL_POD_CIDR: 10.50.0.0/31 is too small: it has no address for anybody'],
    ['fd00:50::/64', 'PODCTL_POD_CIDR: fd00:50::/64 has no IPv4 range'],
    ['10.50.0.0/24,10.51.0.0/24', 'PODCTL_POD_CIDR: 10.50.0.0/24,10.51.0.0/24 has two ranges of one family'],
    ['10.50.0.0/24,fd00:50::/121', 'PODCTL_POD_CIDR: fd00:50::/121 is smaller than 10.50.0.0/24'],
  ])('%s is refused: %s', (pods, message) => {
    expect(() => plan({ pods })).toThrow(message);
  });

  test('that overlaps a route is refused by the route and its device', () => {
    const occupied = [route('192.168.0.0/16', 'eth0')];
    expect(() => plan({ pods: '192.168.7.0/24', occupied })).toThrow(
      'PODCTL_POD_CIDR: 192.168.7.0/24 overlaps the route 192.168.0.0/16 of eth0',
    );
  });

  test('that overlaps the other one is refused', () => {
    expect(() => plan({ pods: '10.50.0.0/16', services: '10.50.8.0/24' })).toThrow(
      'PODCTL_POD_CIDR: 10.50.0.0/16 overlaps 10.50.8.0/24 of PODCTL_SERVICE_CIDR',
    );
  });

  test('with IPv6 beside one without is refused', () => {
    expect(() => plan({ pods: '10.50.0.0/24', services: '10.51.0.0/24,fd00:51::/112' })).toThrow(
      'PODCTL_POD_CIDR: it has no IPv6 range, PODCTL_SERVICE_CIDR has one',
    );
  });
});
