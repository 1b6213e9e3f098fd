/** The volumes of a container: cloned on the host, attached where the container sees them. Pure. */
import type { MountAttribute, MountSource, RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { MountSpec, VolumeSource } from '../model/volume-spec.ts';
import { volumePath } from '../volume/paths.ts';
import type { LaunchContext } from './launch-context.ts';

/** Parents before what lies below them, as the manifest orders them otherwise. */
export function planVolumeMounts(
  { mounts }: ContainerSpec,
  context: LaunchContext,
): { sources: MountSource[]; rootOps: RootOp[] } {
  const ordered = [...mounts].sort((a, b) => depth(a) - depth(b));
  return {
    sources: ordered.map((mount) => volumeSource(mount, context)),
    rootOps: ordered.map((mount) => ({
      op: 'volume',
      source: sourceId(mount),
      path: mount.mountPath,
      volume: mount.volume,
    })),
  };
}

const depth = ({ mountPath }: MountSpec): number => mountPath.split('/').length;
const sourceId = ({ mountPath }: MountSpec): string => `volume:${mountPath}`;

function volumeSource(mount: MountSpec, { paths, podUid }: LaunchContext): MountSource {
  const { source, subPath, readOnly } = mount;
  const isReadOnly = readOnly || source.kind === 'configMap' || source.kind === 'secret';
  return {
    id: sourceId(mount),
    path: volumePath(mount, podUid, paths),
    ...(subPath === undefined ? {} : { subPath }),
    recursive: true,
    attributes: [...(isReadOnly ? (['ro'] as const) : []), ...ownAttributes(source)],
  };
}

/** What a container puts into a volume of ours cannot become a way to more rights; a path of the machine is shown as it is. */
const ownAttributes = ({ kind }: VolumeSource): readonly MountAttribute[] =>
  kind === 'hostPath' ? [] : ['nosuid', 'nodev'];
