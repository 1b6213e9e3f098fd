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

/** A key of a ConfigMap or Secret as a file. */
export interface KeyPath {
  readonly key: string;
  /** relative, without `..` */
  readonly path: string;
  /** permission bits; absent: the volume's */
  readonly mode?: number;
}

/** A ConfigMap or Secret of the pod's namespace as files. Its contents are no part of the spec, only their digest (MountSpec.content). */
export interface ObjectVolume {
  readonly kind: 'configMap' | 'secret';
  /** of the object */
  readonly name: string;
  /** absent: a file of its own name for each key */
  readonly items?: readonly KeyPath[];
  /** permission bits of files; default 0644 */
  readonly defaultMode: number;
  /** object and keys need not be there */
  readonly optional: boolean;
}

/** What a pod knows of itself as a file: a downward API value. */
export interface FieldFile {
  /** relative, without `..` */
  readonly path: string;
  /** late values (model/late-value.ts) filled in when it is written, and again when they change */
  readonly text: string;
  readonly mode?: number;
}

/** Several sources in one directory, Kubernetes' projected; a downwardAPI volume has one of fields alone. */
export interface ProjectedVolume {
  readonly kind: 'projected';
  readonly sources: readonly (
    | Omit<ObjectVolume, 'defaultMode'>
    | { readonly kind: 'fields'; readonly files: readonly FieldFile[] }
  )[];
  readonly defaultMode: number;
}

/** Where what is in a volume comes from. */
export type VolumeSource =
  /** a path of this machine, bound, never copied */
  | {
      readonly kind: 'hostPath';
      readonly path: string;
      readonly type: HostPathType;
      /** a directory where there is nothing, though no type asks for it: containerd and CRI-O do so before a container starts */
      readonly isMade?: true;
    }
  /** a directory of the pod's own, which goes with the pod; Memory: a tmpfs, charged to the pod */
  | {
      readonly kind: 'emptyDir';
      readonly medium?: 'Memory';
      /** bytes */
      readonly sizeLimit?: number;
      /** permission bits; absent: 0777 */
      readonly mode?: number;
    }
  | ObjectVolume
  | ProjectedVolume
  /** a PersistentVolumeClaim of the pod's namespace: a directory that outlives the pod */
  | { readonly kind: 'claim'; readonly name: string };

/** A volume whose files are made from objects, or from what a pod knows of itself. */
export type FilesVolume = ObjectVolume | ProjectedVolume;

/** Whether podd writes what is in it. */
export const isFiles = (source: VolumeSource): source is FilesVolume =>
  source.kind === 'configMap' || source.kind === 'secret' || source.kind === 'projected';

/** An emptyDir of medium Memory. */
export const isInMemory = (source: VolumeSource): boolean => source.kind === 'emptyDir' && source.medium === 'Memory';

/** What a mount showed when the manifest was applied. */
export interface MountContent {
  /** over names, modes and contents */
  readonly digest: string;
  /** the beginning of each file's own digest by its path, to name those that changed; absent: too many files */
  readonly files?: Readonly<Record<string, string>>;
  /** of a hostPath, which file or directory it is: a mount goes on showing the one that it was made of, whatever takes its name */
  readonly identity?: string;
}

/** One place at which a container sees a volume, or a part of it. */
export interface MountSpec {
  /** name of the volume */
  readonly volume: string;
  readonly source: VolumeSource;
  /** absolute path in the container, without `.`, `..` and a slash at its end; unique in the container */
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** recursiveReadOnly: Disabled; absent: what is mounted below it is read-only too, where it is */
  readonly readOnlyBelow?: false;
  /** Kubernetes' mountPropagation; absent: None */
  readonly propagation?: 'HostToContainer' | 'Bidirectional';
  /** path in the volume, relative, without `..`; it may hold late values (subPathExpr) */
  readonly subPath?: string;
  /** what a changed content does to the container; absent: it is left to see it */
  readonly onChange?: 'restart' | 'reload';
  /** of a ConfigMap or Secret that is there, and of a hostPath with onChange */
  readonly content?: MountContent;
}
