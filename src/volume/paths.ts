/** Where podd keeps the volumes of pods. */
import { join } from 'node:path';
import type { InstancePaths } from '../model/instance-paths.ts';
import { isInMemory, type MountSpec } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';

/** Of the pod that mounts it. */
export interface VolumeOwner {
  readonly uid: string;
  readonly namespace: string;
}

/** Where on this machine a volume is; one in memory is nowhere (init/memory-volumes.ts). emptyDirs are kept on disk until the pod is deleted. */
export function volumePath(
  { volume, source }: Pick<MountSpec, 'volume' | 'source'>,
  { uid, namespace }: VolumeOwner,
  paths: Pick<InstancePaths, 'volumesDir' | 'contentsDir' | 'claimsDir'>,
): string {
  switch (source.kind) {
    case 'hostPath':
      return source.path;
    case 'emptyDir':
      return isInMemory(source) ? `/${volume}` : join(paths.volumesDir, uid, volume);
    case 'claim':
      return claimPath(paths, namespace, source.name);
    case 'configMap':
    case 'secret':
    case 'projected':
      return join(paths.contentsDir, uid, volume);
    default:
      return assertNever(source, 'volume source');
  }
}

/** The directory of a PersistentVolumeClaim. Throws for what cannot be the name of one. */
export function claimPath({ claimsDir }: Pick<InstancePaths, 'claimsDir'>, namespace: string, name: string): string {
  if (!isName(namespace) || !isName(name)) throw new Error(`bug: a claim of namespace ${namespace} named ${name}`);
  return join(claimsDir, namespace, name);
}

/** A DNS subdomain: no slash in it, and no dot first. */
const isName = (name: string): boolean => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
