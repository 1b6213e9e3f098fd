/** What a pod's manifest refers to outside of itself, as it was read: these contents are part of what is wanted (DESIGN §5). */
import type { ConfigMapManifest, SecretManifest } from './object-manifest.ts';

/** Read once per plan by an effect (`reconcile/read-materials.ts`), used by pure code. A text is why it could not be read. */
export interface Materials {
  /** of the pod's namespace, by name */
  readonly configMaps: ReadonlyMap<string, ConfigMapManifest>;
  readonly secrets: ReadonlyMap<string, SecretManifest>;
  /** variables of each file named by `envFile`, by absolute path */
  readonly envFiles: ReadonlyMap<string, ReadonlyMap<string, string> | string>;
  /** of hostPath volumes (and subPaths of them) mounted with `restartOn: change` or `reloadOn: change`, by absolute path */
  readonly digests: ReadonlyMap<string, { readonly digest: string } | string>;
}

export const noMaterials: Materials = {
  configMaps: new Map(),
  secrets: new Map(),
  envFiles: new Map(),
  digests: new Map(),
};
