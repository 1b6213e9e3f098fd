/** Nothing comes into a namespace that is being deleted, and what is being deleted is not changed any more. Pure. */
import { keyOfManifest } from '../model/data-key.ts';
import { namesOf } from '../model/object-kinds.ts';
import type { DataKey, ObjectManifest } from '../model/object-manifest.ts';
import { PodError } from '../util/pod-error.ts';

/** Throws PodError `Forbidden` or `Conflict`. `isEnding`: there is one, and it is being deleted. */
export function rejectEnding(manifests: readonly ObjectManifest[], isEnding: (key: DataKey) => boolean): void {
  for (const manifest of manifests) {
    const { name, namespace } = manifest.metadata;
    if (manifest.kind === 'Pod') {
      rejectPlace(namespace || 'default', 'pods', name, isEnding);
      continue;
    }
    const key = keyOfManifest(manifest);
    const { resource } = namesOf(key.kind);
    rejectPlace(key.namespace, resource, name, isEnding);
    if (!isEnding(key)) continue;
    const hint = `podctl wait --for=delete ${key.kind.toLowerCase()}/${name}`;
    const message = `object is being deleted: ${resource} "${name}" already exists`;
    throw new PodError('Conflict', message, { details: { name, kind: resource }, hint });
  }
}

function rejectPlace(place: string, resource: string, name: string, isEnding: (key: DataKey) => boolean): void {
  if (place === '' || !isEnding({ kind: 'Namespace', namespace: '', name: place })) return;
  const why = `unable to create new content in namespace ${place} because it is being terminated`;
  const hint = `podctl wait --for=delete namespace/${place}`;
  throw new PodError('Forbidden', `${resource} "${name}" is forbidden: ${why}`, {
    ...{ details: { name, kind: resource }, hint },
  });
}
