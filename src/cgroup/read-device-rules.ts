/** The numbers of a container's device nodes, as they are on this machine now. */
import { statSync } from 'node:fs';
import type { DeviceSpec } from '../model/resource-spec.ts';
import { deviceNumbers } from '../util/device-number.ts';
import type { DeviceRule } from './plan-devices.ts';

/** A node that is not there, or is no device, gives no rule: its container's start will say so (init/attach-device.ts). */
export function readDeviceRules(devices: readonly DeviceSpec[] = []): readonly DeviceRule[] {
  return devices.flatMap((device) => {
    if (device.kind === 'node') return readNode(device.hostPath, device.access);
    const { kind: _kind, ...rule } = device;
    return [rule];
  });
}

function readNode(path: string, access: string): DeviceRule[] {
  try {
    const stat = statSync(path);
    if (!stat.isBlockDevice() && !stat.isCharacterDevice()) return [];
    return [{ type: stat.isBlockDevice() ? 'b' : 'c', ...deviceNumbers(stat.rdev), access }];
  } catch {
    return [];
  }
}
