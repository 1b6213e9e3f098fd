/** Device nodes of the machine in a container. Pure. */
import type { MountSource, RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { Mounts } from './plan-mounts.ts';

/** After the volumes. A privileged container's /dev is the machine's: its nodes are there already. */
export function planDeviceNodes({ devices = [], security }: ContainerSpec): Mounts {
  const nodes = devices.filter((device) => device.kind === 'node');
  const missing = nodes.filter(({ hostPath, path }) => !(security.privileged && hostPath === path));
  return {
    sources: missing.map(
      ({ hostPath, path }): MountSource => ({
        id: `device:${path}`,
        path: hostPath,
        recursive: false,
        attributes: ['nosuid'],
        isDevice: true,
      }),
    ),
    rootOps: missing.map(({ path }): RootOp => ({ op: 'device', source: `device:${path}`, path })),
  };
}
