/** Device access on cgroup v2: a BPF program on a container's `app`, which lives as long as that directory does. */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { attachCgroupProgram, loadCgroupProgram } from '../linux/bpf.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import { encodeBpf } from './bpf-instruction.ts';
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

/** By their rules: nearly all containers share one, and loading costs 0.3 ms, attaching 0.03. */
const loaded = new Map<string, number>();
const loadedMax = 64;

function deviceProgram(rules: readonly DeviceRule[]): number {
  const key = rules.map(formatDeviceRule).join();
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const program = loadCgroupProgram('device', encodeBpf(planDeviceProgram(rules)));
  const [oldest] = loaded;
  if (oldest !== undefined && loaded.size >= loadedMax) {
    loaded.delete(oldest[0]);
    closeSync(oldest[1]);
  }
  loaded.set(key, program);
  return program;
}
