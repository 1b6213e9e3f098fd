import { describe, expect, test } from 'vitest';
import { limitDevices } from '../../../src/cgroup/limit-devices.ts';
import { v1 } from './layouts.ts';

describe('limitDevices', () => {
  const { devices, ...others } = v1.v1;
  const lacking = { ...v1, v1: others };

  test('refuses the start of a container that could not be kept from devices', () => {
    expect(() => limitDevices(lacking, 'podctl/uid/web', {})).toThrow(
      expect.objectContaining({
        code: 'CgroupRefused',
        message: 'limit the devices of podctl/uid/web',
        hint: expect.stringContaining('podctl doctor'),
      }),
    );
  });

  test('lets a privileged one have them all', () => {
    expect(devices).toBeDefined();
    expect(() => limitDevices(lacking, 'podctl/uid/web', { privileged: true })).not.toThrow();
    expect(() => limitDevices(v1, 'podctl/uid/web', {})).not.toThrow();
  });
});
