/** What has to be there before a container that mounts volumes can start. Pure. */
import type { InstancePaths } from '../model/instance-paths.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { HostPathType, MountSpec, ObjectVolume } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { volumePath } from './paths.ts';

/** Each is done in order, and again with every start. */
export type VolumeOp =
  /** a path of this machine, which is what its type says; made where the type says so */
  | { readonly op: 'hostPath'; readonly volume: string; readonly path: string; readonly type: HostPathType }
  /** a directory for everybody, made where there is none */
  | { readonly op: 'directory'; readonly volume: string; readonly path: string }
  /** the object's contents as they are now */
  | { readonly op: 'object'; readonly volume: string; readonly path: string; readonly source: ObjectVolume }
  /** a path inside of a volume; where there is nothing a directory is made (as the kubelet does), but for objects */
  | {
      readonly op: 'subPath';
      readonly volume: string;
      readonly root: string;
      readonly path: string;
      readonly isMade: boolean;
    };

/** Of each volume that the container mounts, and each part of one. */
export function planVolumes({ mounts }: ContainerSpec, podUid: string, paths: InstancePaths): readonly VolumeOp[] {
  const volumes = new Map(mounts.map((mount) => [mount.volume, mount]));
  return [
    ...[...volumes.values()].map((mount) => volumeOp(mount, volumePath(mount, podUid, paths))),
    ...mounts.flatMap((mount) => subPathOp(mount, volumePath(mount, podUid, paths))),
  ];
}

function volumeOp({ volume, source }: MountSpec, path: string): VolumeOp {
  switch (source.kind) {
    case 'hostPath':
      return { op: 'hostPath', volume, path, type: source.type };
    case 'emptyDir':
      return { op: 'directory', volume, path };
    case 'configMap':
    case 'secret':
      return { op: 'object', volume, path, source };
    default:
      return assertNever(source, 'volume source');
  }
}

function subPathOp({ volume, source, subPath }: MountSpec, root: string): readonly VolumeOp[] {
  if (subPath === undefined) return [];
  const isMade = source.kind === 'hostPath' || source.kind === 'emptyDir';
  return [{ op: 'subPath', volume, root, path: subPath, isMade }];
}
