/** What the volumes of a pod's manifest refer to outside of itself. Pure. */
import { join } from 'node:path';
import type { FieldPath } from './field-problem.ts';
import { allContainers } from './listed-containers.ts';
import type { ContentReference, ObjectReference } from './references.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];
type Volume = NonNullable<Spec['volumes']>[number];

/** ConfigMaps and Secrets of volumes that are mounted, and the keys that are asked for. */
export function volumeReferences(spec: Spec): readonly ObjectReference[] {
  const { volumes = [] } = spec;
  const mounts = allContainers(spec).flatMap(({ container: { volumeMounts = [] } }) => volumeMounts);
  const mounted = new Set(mounts.map(({ name }) => name));
  return volumes.flatMap((volume, index) => {
    const reference = objectReference(volume, ['spec', 'volumes', index]);
    if (reference === undefined || !mounted.has(volume.name)) return [];
    const { items, ...object } = reference;
    if (items === undefined) return [object];
    return items.map(({ key = '' }, at) => ({ ...object, key, path: [...object.path, 'items', at, 'key'] }));
  });
}

type Items = NonNullable<NonNullable<Volume['configMap']>['items']>;

function objectReference(
  { configMap, secret }: Volume,
  path: FieldPath,
): (ObjectReference & { readonly items?: Items | undefined }) | undefined {
  if (configMap !== undefined) {
    const { name = '', optional = false, items } = configMap;
    return { kind: 'ConfigMap', name, optional, items, isVolume: true, path: [...path, 'configMap'] };
  }
  if (secret === undefined) return undefined;
  const { secretName = '', optional = false, items } = secret;
  return { kind: 'Secret', name: secretName, optional, items, isVolume: true, path: [...path, 'secret'] };
}

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
