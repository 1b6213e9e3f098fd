/** The volumes of a container: cloned on the host, attached where the container sees them. Pure. */
import type { MountAttribute, MountSource, RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { isFiles, isInMemory, type MountSpec, type VolumeSource } from '../model/volume-spec.ts';
import { volumePath } from '../volume/paths.ts';
import type { LaunchContext } from './launch-context.ts';

/** Parents before what lies below them, as the manifest orders them otherwise. */
export function planVolumeMounts(
  { namespace }: Pick<PodSpec, 'namespace'>,
  { mounts }: ContainerSpec,
  context: LaunchContext,
): { sources: MountSource[]; rootOps: RootOp[] } {
  const ordered = [...mounts].sort((a, b) => depth(a) - depth(b));
  return {
    sources: ordered.map((mount) => volumeSource(mount, namespace, context)),
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

function volumeSource(mount: MountSpec, namespace: string, { paths, podUid, users }: LaunchContext): MountSource {
  const { source, subPath, readOnly, readOnlyBelow, propagation } = mount;
  const isReadOnly = readOnly || isFiles(source);
  const from = sourceNamespace(mount);
  return {
    id: sourceId(mount),
    path: volumePath(mount, { uid: podUid, namespace }, paths),
    ...(subPath === undefined ? {} : { subPath }),
    recursive: true,
    ...(from === undefined ? {} : { from }),
    attributes: [...(isReadOnly ? (['ro'] as const) : []), ...ownAttributes(source)],
    ...(users === undefined ? {} : { idMap: 'required' }),
    ...(readOnlyBelow === false ? { isShallow: true } : {}),
    ...(propagation === undefined ? {} : { propagation: propagation === 'Bidirectional' ? 'shared' : 'slave' }),
  };
}

function sourceNamespace({ source, propagation }: MountSpec): MountSource['from'] {
  if (isInMemory(source)) return 'memory';
  return propagation === undefined ? undefined : 'machine';
}

/** What a container puts into a volume of ours cannot become a way to more rights; a path of the machine is shown as it is. */
const ownAttributes = ({ kind }: VolumeSource): readonly MountAttribute[] =>
  kind === 'hostPath' ? [] : ['nosuid', 'nodev'];
