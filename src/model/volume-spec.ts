/** What is wanted of volumes, after normalisation: part of PodSpec. */

/** Kubernetes' hostPath types; the empty one makes nothing and asks for no kind. */
export const hostPathTypes = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
] as const;
export type HostPathType = (typeof hostPathTypes)[number];

/** Where what is in a volume comes from. */
export type VolumeSource =
  /** a path of this machine, bound, never copied */
  | { readonly kind: 'hostPath'; readonly path: string; readonly type: HostPathType }
  /** a directory of the pod's own, which goes with the pod */
  | { readonly kind: 'emptyDir' };

/** One place at which a container sees a volume, or a part of it. */
export interface MountSpec {
  /** name of the volume */
  readonly volume: string;
  readonly source: VolumeSource;
  /** absolute path in the container, without `.`, `..` and a slash at its end; unique in the container */
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** path in the volume, relative, without `..` */
  readonly subPath?: string;
}
