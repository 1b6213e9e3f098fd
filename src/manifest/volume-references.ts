/** What the volumes of a pod's manifest refer to outside of itself. Pure. */
import { join } from 'node:path';
import type { ContentKind } from '../model/object-manifest.ts';
import type { FieldPath } from './field-problem.ts';
import { allContainers } from './listed-containers.ts';
import type { ClaimReference, ContentReference, ObjectReference } from './references.ts';
import type { ContainerInput, PodInput } from './schema.ts';
import { isClusterRoot, type ProjectedSource } from './volume-source.ts';

type Spec = PodInput['spec'];
type Volume = NonNullable<Spec['volumes']>[number];

/** ConfigMaps and Secrets of volumes that are mounted, and the keys that are asked for. */
export function volumeReferences(spec: Spec): readonly ObjectReference[] {
  const { volumes = [] } = spec;
  const mounts = allContainers(spec).flatMap(({ container: { volumeMounts = [] } }) => volumeMounts);
  const mounted = new Set(mounts.map(({ name }) => name));
  return volumes.flatMap((volume, index) =>
    mounted.has(volume.name) ? objectsOf(volume, ['spec', 'volumes', index]).flatMap(withKeys) : [],
  );
}

type Items = NonNullable<NonNullable<Volume['configMap']>['items']>;
type VolumeReference = ObjectReference & { readonly items?: Items | undefined };

/** One for each key that is asked for. */
function withKeys({ items, ...object }: VolumeReference): readonly ObjectReference[] {
  if (items === undefined) return [object];
  return items.map(({ key = '' }, at) => ({ ...object, key, path: [...object.path, 'items', at, 'key'] }));
}

function objectsOf({ configMap, secret, projected }: Volume, path: FieldPath): readonly VolumeReference[] {
  if (configMap !== undefined) return [reference('ConfigMap', configMap.name, configMap, [...path, 'configMap'])];
  if (secret !== undefined) return [reference('Secret', secret.secretName, secret, [...path, 'secret'])];
  return (projected?.sources ?? []).flatMap((source, index) =>
    projectedObject(source, [...path, 'projected', 'sources', index]),
  );
}

function projectedObject({ configMap, secret }: ProjectedSource, path: FieldPath): readonly VolumeReference[] {
  if (secret !== undefined) return [reference('Secret', secret.name, secret, [...path, 'secret'])];
  if (configMap === undefined) return [];
  const found = reference('ConfigMap', configMap.name, configMap, [...path, 'configMap']);
  return [isClusterRoot(configMap) ? { ...found, optional: true } : found];
}

function reference(
  kind: ContentKind,
  name: string | undefined,
  { items, optional = false }: Pick<NonNullable<Volume['configMap']>, 'items' | 'optional'>,
  path: FieldPath,
): VolumeReference {
  return { kind, name: name ?? '', optional, items, isVolume: true, path };
}

/** A pod waits for all of its claims, as a scheduler would. */
export function claimReferences({ volumes = [] }: Spec): readonly ClaimReference[] {
  return volumes.flatMap(({ persistentVolumeClaim }, index) =>
    persistentVolumeClaim?.claimName === undefined
      ? []
      : [
          {
            name: persistentVolumeClaim.claimName,
            path: ['spec', 'volumes', index, 'persistentVolumeClaim', 'claimName'],
          },
        ],
  );
}

/** In a scheduler's words. */
export const claimMissing = (name: string): string => `persistentvolumeclaim "${name}" not found`;

/** Whether that is what a container lacks. */
export const isClaimMissing = (missing: string): boolean => missing.startsWith('persistentvolumeclaim "');

/** How the kubelet begins to tell of a volume that it cannot mount. */
export const setUpFailed = 'MountVolume.SetUp failed';

/** Whether that is what a container lacks. */
export const isVolumeMissing = (missing: string): boolean => missing.startsWith(setUpFailed);

/** hostPaths that are mounted with `restartOn` or `reloadOn`. */
export function contentReferences(spec: Spec): readonly ContentReference[] {
  return allContainers(spec).flatMap(({ container: { volumeMounts = [] }, path: owner }) =>
    volumeMounts.flatMap((mount, at) => {
      const path: FieldPath = [...owner, 'volumeMounts', at];
      const field = onChangeField(mount);
      const hostPath = spec.volumes?.find(({ name }) => name === mount.name)?.hostPath?.path;
      if (field === undefined || hostPath === undefined) return [];
      return [{ hostPath, ...(mount.subPath ? { subPath: mount.subPath } : {}), path: [...path, field] }];
    }),
  );
}

type Mount = NonNullable<ContainerInput['volumeMounts']>[number];

export function onChangeField({ restartOn, reloadOn }: Mount): 'restartOn' | 'reloadOn' | undefined {
  if (restartOn) return 'restartOn';
  return reloadOn ? 'reloadOn' : undefined;
}

/** Under which Materials.digests holds it: the absolute path. */
export const contentKey = ({ hostPath, subPath = '' }: Omit<ContentReference, 'path'>): string =>
  join(hostPath, subPath);
