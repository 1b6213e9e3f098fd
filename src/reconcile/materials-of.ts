/** One pod's materials out of what there is. Pure. */
import type { References } from '../manifest/references.ts';
import type { FileMaterials, Materials } from '../model/materials.ts';
import type { ConfigMapManifest, DataKey, DataManifest, SecretManifest } from '../model/object-manifest.ts';

/** The ConfigMap or Secret of that name as it is wanted, if there is one. */
export type FindData = (key: DataKey) => DataManifest | undefined;

/** What `references` of a pod in `namespace` find. */
export function materialsOf(
  references: References,
  namespace: string,
  find: FindData,
  files: FileMaterials,
): Materials {
  const found = references.objects.flatMap(({ kind, name }) => find({ kind, namespace, name }) ?? []);
  const configMaps = found.filter((object): object is ConfigMapManifest => object.kind === 'ConfigMap');
  const secrets = found.filter((object): object is SecretManifest => object.kind === 'Secret');
  return {
    ...files,
    configMaps: new Map(configMaps.map((object) => [object.metadata.name, object])),
    secrets: new Map(secrets.map((object) => [object.metadata.name, object])),
  };
}
