import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBpf, jumpIfNot, load } from '../../../src/cgroup/bpf-instruction.ts';
import {
  type DeviceRule,
  defaultDeviceRules,
  formatDeviceRule,
  planDeviceProgram,
  planV1Devices,
} from '../../../src/cgroup/plan-devices.ts';
import { v1 } from './layouts.ts';
import { runBpf } from './run-bpf.ts';

interface Attempt {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

const bits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const asked = (access: string): number => [...access].reduce((sum, letter) => sum + (bits[letter] ?? 0), 0);

/** As the kernel calls it: include/uapi/linux/bpf.h, struct bpf_cgroup_dev_ctx. */
const answer = (rules: readonly DeviceRule[], { type, major, minor, access }: Attempt): number =>
  runBpf(planDeviceProgram(rules), [(asked(access) << 16) | (type === 'b' ? 1 : 2), major, minor]);

const isAllowed = (rule: DeviceRule, { type, major, minor, access }: Attempt): boolean =>
  rule.type === type &&
  (rule.major === '*' || rule.major === major) &&
  (rule.minor === '*' || rule.minor === minor) &&
  [...access].every((letter) => rule.access.includes(letter));

describe('planDeviceProgram', () => {
  const fuse: DeviceRule = { type: 'c', major: 10, minor: 229, access: 'rw' };
  const disks: DeviceRule = { type: 'b', major: 8, minor: '*', access: 'r' };

  test.each([
    ['null may be read and written', { type: 'c', major: 1, minor: 3, access: 'rw' }, 1],
    ['any terminal of devpts', { type: 'c', major: 136, minor: 77, access: 'rw' }, 1],
    ['every node may be made', { type: 'b', major: 254, minor: 0, access: 'm' }, 1],
    ['but not opened', { type: 'b', major: 254, minor: 0, access: 'r' }, 0],
    ['/dev/mem is shut', { type: 'c', major: 1, minor: 1, access: 'r' }, 0],
    ['a block device with the numbers of null too', { type: 'b', major: 1, minor: 3, access: 'r' }, 0],
    ['a device of its own', { type: 'c', major: 10, minor: 229, access: 'rw' }, 1],
    ['and no other of the same driver', { type: 'c', major: 10, minor: 200, access: 'rw' }, 0],
    ['a wildcard', { type: 'b', major: 8, minor: 17, access: 'r' }, 1],
    ['only with the access that the rule has', { type: 'b', major: 8, minor: 17, access: 'rw' }, 0],
  ] as const)('%s', (_, attempt, expected) => {
    expect(answer([fuse, disks], attempt)).toBe(expected);
  });

  const type = fc.constantFrom('b' as const, 'c' as const);
  const access = fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm');
  const number = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 20 - 1 }));
  const numberOrAll = fc.oneof(number, fc.constant('*' as const));
  const rule = fc.record({ type, major: numberOrAll, minor: numberOrAll, access });

  test('allows exactly what one of the rules allows', () => {
    const attempt = fc.record({ type, major: number, minor: number, access });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), attempt, (rules, tried) => {
        const expected = [...defaultDeviceRules, ...rules].some((each) => isAllowed(each, tried));
        expect(answer(rules, tried)).toBe(expected ? 1 : 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('planV1Devices', () => {
  test('adds the container’s own rules as devices.allow takes them', () => {
    const deviceRules: DeviceRule[] = [{ type: 'b', major: 7, minor: '*', access: 'rw' }];
    const writes = planV1Devices('podctl/uid/web', { deviceRules }, v1);
    expect(writes[0]?.value).toBe('a');
    expect(writes.at(-1)).toEqual({
      file: '/sys/fs/cgroup/devices/podctl/uid/web/app/devices.allow',
      value: 'b 7:* rw',
    });
    expect(writes.slice(1, -1).map(({ value }) => value)).toEqual(defaultDeviceRules.map(formatDeviceRule));
  });
});

describe('encodeBpf', () => {
  test('lays instructions out as struct bpf_insn', () => {
    expect([...encodeBpf([load(2, 1, 8), jumpIfNot(4, 0x01020304, -2)])]).toEqual(
      [0x61, 0x12, 8, 0, 0, 0, 0, 0].concat([0x56, 0x04, 0xfe, 0xff, 0x04, 0x03, 0x02, 0x01]),
    );
  });
});
