import { describe, expect, test } from 'vitest';
import { planDeviceNodes } from '../../../src/launch/plan-device-nodes.ts';
import { planRoot } from '../../../src/launch/plan-root.ts';
import type { DeviceSpec } from '../../../src/model/resource-spec.ts';
import { aContainer, aContext, aPod, security } from './a-pod.ts';

const fuse: DeviceSpec = { kind: 'node', hostPath: '/dev/fuse', path: '/dev/fuse', access: 'rw' };
const disk: DeviceSpec = { kind: 'node', hostPath: '/dev/loop0', path: '/dev/disk/a', access: 'rwm' };
const rule: DeviceSpec = { kind: 'rule', type: 'c', major: 10, minor: '*', access: 'rw' };

describe('planDeviceNodes', () => {
  test('clones each node of the machine and attaches it to its place', () => {
    expect(planDeviceNodes(aContainer('web', { devices: [fuse, rule, disk] }))).toEqual({
      sources: [
        { id: 'device:/dev/fuse', path: '/dev/fuse', recursive: false, attributes: ['nosuid'], isDevice: true },
        { id: 'device:/dev/disk/a', path: '/dev/loop0', recursive: false, attributes: ['nosuid'], isDevice: true },
      ],
      rootOps: [
        { op: 'device', source: 'device:/dev/fuse', path: '/dev/fuse' },
        { op: 'device', source: 'device:/dev/disk/a', path: '/dev/disk/a' },
      ],
    });
  });

  test('leaves alone what a privileged container has in the machine’s own /dev', () => {
    const elsewhere: DeviceSpec = { ...disk, path: '/srv/disk' };
    const privileged = aContainer('web', { devices: [fuse, elsewhere], security: { ...security, privileged: true } });
    expect(planDeviceNodes(privileged).rootOps).toEqual([
      { op: 'device', source: 'device:/srv/disk', path: '/srv/disk' },
    ]);
  });

  test('comes after /dev and before the root becomes read-only', () => {
    const container = aContainer('web', { devices: [fuse], security: { ...security, readOnlyRootFilesystem: true } });
    const ops = planRoot(aPod([container]), container, aContext()).rootOps.map(({ op }) => op);
    expect(ops.slice(-2)).toEqual(['device', 'readonlyRoot']);
  });
});
