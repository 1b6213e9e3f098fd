/** What has to be there before a container that mounts volumes can start. Pure. */
import type { InstancePaths } from '../model/instance-paths.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { HostPathType, MountSpec } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { emptyDirPath } from './paths.ts';

/** Each is done in order, and again with every start. */
export type VolumeOp =
  /** a path of this machine, which is what its type says; made where the type says so */
  | { readonly op: 'hostPath'; readonly volume: string; readonly path: string; readonly type: HostPathType }
  /** a directory for everybody, made where there is none */
  | { readonly op: 'directory'; readonly volume: string; readonly path: string }
  /** a path inside of a volume; a directory is made where there is nothing (as the kubelet does) */
  | { readonly op: 'subPath'; readonly volume: string; readonly root: string; readonly path: string };

/** Of each volume that the container mounts, and each part of one. */
export function planVolumes({ mounts }: ContainerSpec, podUid: string, paths: InstancePaths): readonly VolumeOp[] {
  const volumes = new Map(mounts.map((mount) => [mount.volume, mount]));
  return [
    ...[...volumes.values()].map((mount) => volumeOp(mount, podUid, paths)),
    ...mounts.flatMap((mount) => subPathOp(mount, podUid, paths)),
  ];
}

function volumeOp({ volume, source }: MountSpec, podUid: string, paths: InstancePaths): VolumeOp {
  switch (source.kind) {
    case 'hostPath':
      return { op: 'hostPath', volume, path: source.path, type: source.type };
    case 'emptyDir':
      return { op: 'directory', volume, path: emptyDirPath(paths, podUid, volume) };
    default:
      return assertNever(source, 'volume source');
  }
}

function subPathOp({ volume, source, subPath }: MountSpec, podUid: string, paths: InstancePaths): readonly VolumeOp[] {
  if (subPath === undefined) return [];
  const root = source.kind === 'hostPath' ? source.path : emptyDirPath(paths, podUid, volume);
  return [{ op: 'subPath', volume, root, path: subPath }];
}
