/** Device access on cgroup v2: a BPF program on a container's `app`, which lives as long as that directory does. */
import { join } from 'node:path';
import { attachCgroupProgram } from '../linux/bpf.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import { loadedProgram } from './loaded-program.ts';
import { type DeviceAccess, type DeviceRule, formatDeviceRule, planDeviceProgram } from './plan-devices.ts';
import { v2Root } from './plan-v2.ts';
import { refused } from './refusals.ts';

/** Before anything runs in it. Throws PodError `CgroupRefused` where the kernel cannot keep devices from a container; privileged ones have all. */
export function limitDevices(layout: CgroupLayout, relative: string, access: DeviceAccess): void {
  if (access.privileged === true) return;
  const doing = `limit the devices of ${relative}`;
  if (layout.kind !== 'v2') {
    if (layout.v1.devices !== undefined) return;
    throw refused(doing, new Error('no cgroup v1 hierarchy for devices'), 'mount it: see podctl doctor');
  }
  try {
    attachCgroupProgram('device', join(v2Root(layout), relative, 'app'), deviceProgram(access.deviceRules ?? []));
  } catch (error) {
    throw refused(
      doing,
      error,
      'the kernel needs CONFIG_CGROUP_BPF, podd CAP_BPF and CAP_NET_ADMIN: see podctl doctor',
    );
  }
}

function deviceProgram(rules: readonly DeviceRule[]): number {
  return loadedProgram('device', rules.map(formatDeviceRule).join(), () => planDeviceProgram(rules));
}
