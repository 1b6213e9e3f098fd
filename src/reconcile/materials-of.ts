/** One pod's materials out of what there is. Pure. */
import type { References } from '../manifest/references.ts';
import type { FileMaterials, Materials } from '../model/materials.ts';
import type { ConfigMapManifest, DataKey, DataKind, DataManifestOf, SecretManifest } from '../model/object-manifest.ts';

/** The object of that kind and name as it is wanted, if there is one. */
export type FindData = <K extends DataKind>(key: DataKey<K>) => DataManifestOf<K> | undefined;

/** What `references` of a pod in `namespace` find. */
export function materialsOf(
  references: References,
  namespace: string,
  find: FindData,
  files: FileMaterials,
): Materials {
  const found = references.objects.flatMap(({ kind, name }) => find({ kind, namespace, name }) ?? []);
  const configMaps = found.filter((object): object is ConfigMapManifest => object.kind === 'ConfigMap');
  const claims = references.claims.filter(
    ({ name }) => find({ kind: 'PersistentVolumeClaim', namespace, name }) !== undefined,
  );
  const secrets = found.filter((object): object is SecretManifest => object.kind === 'Secret');
  return {
    ...files,
    configMaps: new Map(configMaps.map((object) => [object.metadata.name, object])),
    secrets: new Map(secrets.map((object) => [object.metadata.name, object])),
    claims: new Set(claims.map(({ name }) => name)),
  };
}
