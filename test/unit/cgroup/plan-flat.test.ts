import { describe, expect, test } from 'vitest';
import { type PodCgroups, planPodChange } from '../../../src/cgroup/plan.ts';
import { nestFlat } from '../../../src/cgroup/plan-flat.ts';
import type { IoDeviceSpec, ResourceSpec } from '../../../src/model/resource-spec.ts';
import { v1, v2 } from './layouts.ts';

const disk = (minor: number, limits: Partial<IoDeviceSpec>): IoDeviceSpec => ({
  device: { kind: 'number', major: 254, minor },
  ...limits,
});

describe('nestFlat', () => {
  test('takes the lower of two rates, and each rate that only one of both has', () => {
    const above = { ioDevices: [disk(0, { readBytesPerSecond: 100, writeBytesPerSecond: 7 })] };
    const own = { ioDevices: [disk(0, { readBytesPerSecond: 200, readOpsPerSecond: 5 })] };
    expect(nestFlat(above, own).ioDevices).toEqual([
      disk(0, { readBytesPerSecond: 100, writeBytesPerSecond: 7, readOpsPerSecond: 5 }),
    ]);
  });

  test('takes over devices that it does not name itself, without their weight', () => {
    const above = { ioDevices: [disk(0, { writeOpsPerSecond: 9, weight: 50 })] };
    const own = { ioDevices: [disk(16, { writeOpsPerSecond: 1, weight: 70 })] };
    expect(nestFlat(above, own).ioDevices).toEqual([
      disk(16, { writeOpsPerSecond: 1, weight: 70 }),
      disk(0, { writeOpsPerSecond: 9 }),
    ]);
  });

  test('has its own priority and swappiness before its parent’s', () => {
    const above = { networkPriority: 3, memorySwappiness: 10 };
    expect(nestFlat(above, {})).toEqual(above);
    expect(nestFlat(above, { networkPriority: 0 })).toEqual({ networkPriority: 0, memorySwappiness: 10 });
    expect(nestFlat({}, {})).toEqual({});
  });
});

describe('a limit on a device', () => {
  const pod = (container: ResourceSpec): PodCgroups => ({
    resources: {},
    containers: new Map([['p/uid/c', { resources: container, leaves: new Map([['main', {}]]) }]]),
  });
  const io = (bytes: number): ResourceSpec => ({ ioDevices: [disk(0, { writeBytesPerSecond: bytes })] });
  const paths = (from: ResourceSpec, to: ResourceSpec, layout: typeof v1) =>
    planPodChange('p/uid', pod(from), pod(to), layout).map(({ file, value }) => `${file.split('/uid/')[1]} ${value}`);

  test('of a v1 container is written to its programs’ leaves too, and taken away from them', () => {
    const layout = { ...v1, v1: { ...v1.v1, blkio: '/sys/fs/cgroup/blkio' } };
    const file = 'blkio.throttle.write_bps_device';
    expect(paths({}, io(5), layout)).toEqual([`c/app/${file} 254:0 5`, `c/app/main/${file} 254:0 5`]);
    expect(paths(io(5), {}, layout).sort()).toEqual([`c/app/${file} 254:0 0`, `c/app/main/${file} 254:0 0`]);
  });

  test('of a v2 container stands on the container alone', () => {
    expect(paths({}, io(5), v2)).toEqual(['c/app/io.max 254:0 rbps=max wbps=5 riops=max wiops=max']);
  });
});
