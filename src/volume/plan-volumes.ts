/** What has to be there before a container that mounts volumes can start. Pure. */
import type { InstancePaths } from '../model/instance-paths.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { type FilesVolume, type HostPathType, isInMemory, type MountSpec } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { groupDirectoryBits } from './group-bits.ts';
import { volumePath } from './paths.ts';

/** Each is done in order, and again with every start. */
export type VolumeOp =
  /** a path of this machine, which is what its type says; made where the type says so */
  | {
      readonly op: 'hostPath';
      readonly volume: string;
      readonly path: string;
      readonly type: HostPathType;
      /** a directory where there is nothing, whatever the type says */
      readonly isMade?: true;
      /** mounts go to the machine, or come from there: its file system must be one that shares them */
      readonly isShared?: true;
    }
  /** a directory for everybody, made where there is none; `isKept`: one that is there keeps its mode */
  | {
      readonly op: 'directory';
      readonly volume: string;
      readonly path: string;
      readonly mode: number;
      readonly isKept?: true;
      readonly isShared?: true;
    }
  /** what objects and the pod say now, as files */
  | {
      readonly op: 'files';
      readonly volume: string;
      readonly path: string;
      readonly source: FilesVolume;
      readonly fsGroup?: number;
    }
  /** a group may read and write all of it; `isRootEnough`: unless it may do so with the directory itself */
  | {
      readonly op: 'own';
      readonly volume: string;
      readonly path: string;
      readonly fsGroup: number;
      readonly isRootEnough: boolean;
    }
  /** a path inside of a volume; where there is nothing a directory is made (as the kubelet does), but for files that podd writes */
  | {
      readonly op: 'subPath';
      readonly volume: string;
      readonly root: string;
      readonly path: string;
      readonly isMade: boolean;
    };

/** The pod whose volumes they are. */
export type VolumePod = Pick<PodSpec, 'namespace' | 'fsGroup' | 'fsGroupChangePolicy'> & { readonly uid: string };

/** Of each volume that the container mounts, and each part of one; late values are filled in. podinit does the same for those in memory. */
export function planVolumes(
  { mounts }: Pick<ContainerSpec, 'mounts'>,
  pod: VolumePod,
  paths: InstancePaths,
): readonly VolumeOp[] {
  const onHost = mounts.filter(({ source }) => !isInMemory(source));
  const volumes = new Map(onHost.map((mount) => [mount.volume, mount]));
  const shared = (volume: string): Sharing =>
    mounts.some((mount) => mount.volume === volume && mount.propagation !== undefined) ? { isShared: true } : {};
  return [
    ...[...volumes.values()].flatMap((mount) =>
      volumeOps(mount, volumePath(mount, pod, paths), pod, shared(mount.volume)),
    ),
    ...onHost.flatMap((mount) => subPathOp(mount, volumePath(mount, pod, paths))),
  ];
}

type Sharing = { readonly isShared?: true };

const everybody = 0o777;

function volumeOps(
  { volume, source }: MountSpec,
  path: string,
  { fsGroup, fsGroupChangePolicy }: VolumePod,
  shared: Sharing,
): readonly VolumeOp[] {
  const own = (isRootEnough: boolean): readonly VolumeOp[] =>
    fsGroup === undefined ? [] : [{ op: 'own', volume, path, fsGroup, isRootEnough }];
  switch (source.kind) {
    case 'hostPath': {
      const { type, isMade } = source;
      return [{ op: 'hostPath', volume, path, type, ...(isMade && { isMade }), ...shared }];
    }
    case 'emptyDir':
      // what comes into it later belongs to the group by itself
      return [{ op: 'directory', volume, path, mode: emptyDirMode(source, fsGroup), ...shared }, ...own(true)];
    case 'claim':
      return [
        { op: 'directory', volume, path, mode: everybody, isKept: true, ...shared },
        ...own(fsGroupChangePolicy === 'OnRootMismatch'),
      ];
    case 'configMap':
    case 'secret':
    case 'projected':
      return [{ op: 'files', volume, path, source, ...(fsGroup === undefined ? {} : { fsGroup }) }];
    default:
      return assertNever(source, 'volume source');
  }
}

/** Permission bits of an emptyDir's directory. */
export const emptyDirMode = ({ mode = everybody }: { readonly mode?: number }, fsGroup: number | undefined): number =>
  fsGroup === undefined ? mode : mode | groupDirectoryBits(false);

function subPathOp({ volume, source, subPath }: MountSpec, root: string): readonly VolumeOp[] {
  if (subPath === undefined) return [];
  const isMade = source.kind === 'hostPath' || source.kind === 'emptyDir' || source.kind === 'claim';
  return [{ op: 'subPath', volume, root, path: subPath, isMade }];
}
