/** The mounts of a container with what they show. */
import { posix } from 'node:path';
import type { HostPathType, MountSpec, VolumeSource } from '../model/volume-spec.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Volume = NonNullable<PodInput['spec']['volumes']>[number];
type Mount = NonNullable<ContainerInput['volumeMounts']>[number];

/** Mounts of volumes that this version does not serve are left out: a warning said so (honour.ts). */
export function normaliseMounts(
  mounts: ContainerInput['volumeMounts'],
  volumes: PodInput['spec']['volumes'],
): readonly MountSpec[] {
  return (mounts ?? []).flatMap((mount) => {
    const volume = volumes?.find(({ name }) => name === mount.name);
    const source = volume === undefined ? undefined : volumeSource(volume);
    return source === undefined || mount.subPathExpr ? [] : [normaliseMount(mount, source)];
  });
}

/** Undefined for a source of other versions. A volume without any is an emptyDir (Kubernetes SetDefaults_Volume). */
export function volumeSource(volume: Volume): VolumeSource | undefined {
  const { hostPath } = volume;
  if (hostPath !== undefined) {
    return { kind: 'hostPath', path: hostPath.path ?? '', type: (hostPath.type ?? '') as HostPathType };
  }
  const isEmptyDir = volume.emptyDir !== undefined || Object.keys(volume).length === 1;
  return isEmptyDir ? { kind: 'emptyDir' } : undefined;
}

function normaliseMount({ name, mountPath, readOnly, subPath }: Mount, source: VolumeSource): MountSpec {
  const inside = subPath ? posix.normalize(subPath).replace(/\/$/, '') : '.';
  return {
    volume: name,
    source,
    mountPath: absoluteMountPath(mountPath),
    readOnly: readOnly ?? false,
    ...(inside === '.' ? {} : { subPath: inside }),
  };
}

/** As the kubelet takes it: a relative path starts from the root. */
export const absoluteMountPath = (mountPath: string): string => posix.resolve('/', mountPath);
