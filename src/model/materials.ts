/** What a pod's manifest refers to outside of itself, as it was read: these contents are part of what is wanted (DESIGN §5). */
import type { ImageMap } from './image-map.ts';
import type { ConfigMapManifest, SecretManifest } from './object-manifest.ts';
import type { MountContent } from './volume-spec.ts';

/** SHA-256 of a text or of bytes, in hex: pure code is given it. */
export type Hash = (content: string | Uint8Array) => string;

/** What is read of files, by an effect (`reconcile/read-files.ts`); a text is why it could not be read. */
export interface FileMaterials {
  /** variables of each file named by `envFile`, by absolute path; undefined: there is no such file */
  readonly envFiles: ReadonlyMap<string, ReadonlyMap<string, string> | string | undefined>;
  /** of hostPath volumes (and subPaths of them) mounted with `restartOn: change` or `reloadOn: change`, by absolute path */
  readonly digests: ReadonlyMap<string, MountContent | string>;
  /** absent: what ConfigMaps and Secrets hold is not noted in the spec */
  readonly hash?: Hash;
  /** tests' stand-ins for images */
  readonly images?: ImageMap;
}

/** One pod's, once per plan; used by pure code. */
export interface Materials extends FileMaterials {
  /** of the pod's namespace, by name; absent: there is none */
  readonly configMaps: ReadonlyMap<string, ConfigMapManifest>;
  readonly secrets: ReadonlyMap<string, SecretManifest>;
  /** names of the PersistentVolumeClaims that are there; absent: none */
  readonly claims?: ReadonlySet<string>;
}

export const noFiles: FileMaterials = { envFiles: new Map(), digests: new Map() };

export const noMaterials: Materials = { configMaps: new Map(), secrets: new Map(), ...noFiles };
